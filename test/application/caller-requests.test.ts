import { describe, expect, it } from 'vitest';
import { CallerRequests } from '../../src/application/caller-requests.js';
import type { EnqueueRequest } from '../../src/application/input/enqueue-request.js';

describe('tests that a caller wants', () => {
  it('have the apt sources that they name, which are looked up once', async () => {
    const asked: (readonly string[])[] = [];
    const sent: EnqueueRequest[] = [];
    const requests = new CallerRequests({
      transport: {
        send: (body) => {
          sent.push(JSON.parse(new TextDecoder().decode(body)) as EnqueueRequest);
          return Promise.resolve(new TextEncoder().encode('{"ok": true, "result": []}'));
        },
      },
      aptSources: (names) => {
        asked.push(names);
        return Promise.resolve(
          names.map((name) => ({ entry: `deb https://deb.example.org/${name} sid main`, signingKey: null })),
        );
      },
      defaultBackend: 'fake',
      visibleRuns: () => Promise.resolve(new Map()),
    });
    const test = { package: 'hello', suite: 'sid', arch: 'amd64', pins: [], priority: 5, private: false };
    const named = [['b', 'a'], [], ['a']].map((extraAptSources) => ({ ...test, extraAptSources }));
    await requests.enqueue({ user: 'alice', operator: false }, named);
    expect(asked).toEqual([['b', 'a']]);
    const paths = sent[0]?.jobs.map((job) => job.extraAptSources.map(({ entry }) => /org\/(\w)/.exec(entry)?.[1]));
    expect(paths).toEqual([['b', 'a'], [], ['a']]);
  });
});
