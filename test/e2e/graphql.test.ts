import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { Service } from '../support/service.js';

interface Reply {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

interface Update {
  readonly position: string;
  readonly happening: string;
  readonly test: { readonly runId: number };
}

describe('GraphQL, as debci up serves it', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let service: Service;
  let url: string;
  let data: string[];

  beforeAll(async () => {
    await build();
    folder = temporaryFolder();
    data = ['--data-dir', join(folder.path, 'data')];
    service = new Service(['up', ...data, '--backend', 'fake', '--suite', 'unstable', '--port', '0']);
    url = `${String((await service.said('pages are served')).url)}/graphql`;
    await service.said('worker ready');
  }, 120_000);
  afterAll(async () => {
    await service.kill();
    folder.remove();
  });

  const ask = async (query: string, key?: string): Promise<Reply> => {
    const headers = {
      'content-type': 'application/json',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return (await response.json()) as Reply;
  };
  const operatorKey = (): string => readFileSync(join(folder.path, 'data/state/local.key'), 'utf8').trim();
  const issueKey = async (user: string): Promise<{ key: string; keyId: string }> => {
    const { stdout } = await debci(['key', 'issue', ...data, '--json', user]);
    return JSON.parse(stdout) as { key: string; keyId: string };
  };
  const finished = async (name: string): Promise<void> => {
    await service.line(({ msg, package: tested }) => msg === 'result received' && tested === name);
  };

  /** Reads a subscription until the predicate says that it is enough; then the connection is dropped. */
  const updates = async (args: string, enough: (seen: readonly Update[]) => boolean): Promise<Update[]> => {
    const query = `subscription { testUpdates${args} { position happening test { runId } } }`;
    const abort = new AbortController();
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
      signal: abort.signal,
    });
    const seen: Update[] = [];
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const json = /^data: (\{.*\})$/m.exec(part)?.[1];
        const update = json && ((JSON.parse(json) as Reply).data?.testUpdates as Update | undefined);
        if (update) seen.push(update);
      }
      if (enough(seen)) break;
    }
    abort.abort();
    return seen;
  };

  it('answers anybody what is public', async () => {
    await debci(['enqueue', ...data, '--backend', 'fake', 'hello']);
    await finished('hello');
    const reply = await ask('{ package(name: "hello") { statuses { suite test { runId status } } } }');
    expect(reply).toMatchObject({ data: { package: { statuses: [{ suite: 'unstable', test: { status: 'pass' } }] } } });
  });

  it('refuses a mutation without a key, and one with a wrong or revoked key, by a code', async () => {
    const mutation = 'mutation { enqueue(tests: [{ package: "dpkg", suite: "unstable", arch: "amd64" }]) { runId } }';
    const codes = async (key?: string): Promise<unknown> => (await ask(mutation, key)).errors?.[0]?.extensions?.code;
    expect(await codes()).toBe('E_KEY_NEEDED');
    expect(await codes('wrong')).toBe('E_BAD_KEY');
    const { key, keyId } = await issueKey('carol');
    await debci(['key', 'revoke', ...data, keyId]);
    await expect.poll(() => codes(key)).toBe('E_BAD_KEY');
  });

  it('names what is not allowed, and enqueues nothing', async () => {
    const mutation = 'mutation { enqueue(tests: [{ package: "Bad!", suite: "unstable", arch: "amd64" }]) { runId } }';
    const reply = await ask(mutation, operatorKey());
    expect(reply.errors?.[0]?.extensions?.code).toBe('E_INVALID_INPUT');
    expect(reply.errors?.[0]?.message).toContain('package');
  });

  it('shows a private run to its requestor only', async () => {
    const [alice, bob] = [(await issueKey('alice')).key, (await issueKey('bob')).key];
    const mutation =
      'mutation { enqueue(tests: [{ package: "secret", suite: "unstable", arch: "amd64", private: true }]) { runId } }';
    const reply = await ask(mutation, alice);
    const [{ runId }] = reply.data?.enqueue as [{ runId: number }];
    await finished('secret');
    const seen = async (key?: string): Promise<unknown> =>
      (await ask(`{ test(runId: ${runId}) { status } }`, key)).data?.test;
    await expect.poll(() => seen(alice)).toEqual({ status: 'pass' });
    expect(await seen()).toBeNull();
    expect(await seen(bob)).toBeNull();
    const site = url.replace('/graphql', '');
    expect((await fetch(`${site}/packages/s/secret/`)).status).toBe(404);
    expect((await fetch(`${site}/data/autopkgtest/unstable/amd64/s/secret/${runId}/log.gz`)).status).toBe(404);
  });

  it('refuses a query that asks for too much', async () => {
    const deep = `{ package(name: "hello") { ${'statuses { package { '.repeat(20)} name ${'} }'.repeat(20)} } }`;
    expect((await ask(deep)).errors).toBeDefined();
    expect(
      (await ask(`{ ${Array.from({ length: 500 }, (_, i) => `a${i}: workers { name }`).join(' ')} }`)).errors,
    ).toBeDefined();
  });

  it('tells of updates, and after a dropped connection goes on where it was: nothing lost, nothing doubled', async () => {
    const begun = updates('', (seen) => seen.length >= 2);
    // The subscription stands when it has told of something: jobs are sent until then.
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names) await debci(['enqueue', ...data, '--backend', 'fake', `${name}-live`]);
    const first = await begun;
    const last = first.at(-1)!;
    for (const name of names) await finished(`${name}-live`);
    const total = (seen: readonly Update[]): number => seen.filter(({ happening }) => happening === 'finished').length;
    const rest = await updates(`(after: "${last.position}")`, (seen) => total([...first, ...seen]) >= names.length);
    const positions = [...first, ...rest].map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort());
    const all = await updates(`(after: "${first[0]!.position}")`, (seen) => seen.length >= positions.length - 1);
    expect(all.map(({ position }) => position).slice(0, positions.length - 1)).toEqual(positions.slice(1));
  });

  it('is served by debci server too, beside the one that writes', async () => {
    const beside = new Service(['server', ...data, '--port', '0']);
    try {
      const address = `${String((await beside.said('pages are served')).url)}/graphql`;
      const mutation =
        'mutation { enqueue(tests: [{ package: "beside", suite: "unstable", arch: "amd64", backend: "fake" }]) { runId } }';
      const headers = { 'content-type': 'application/json', 'auth-key': operatorKey() };
      const body = JSON.stringify({ query: mutation });
      const reply = (await (await fetch(address, { method: 'POST', headers, body })).json()) as Reply;
      expect(reply).toMatchObject({ data: { enqueue: [{ runId: expect.any(Number) as number }] } });
      await finished('beside');
      expect(await beside.stop()).toBe(0);
    } finally {
      await beside.kill();
    }
  });

  it('serves GraphiQL to a browser, which needs no other host', async () => {
    const response = await fetch(url, { headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/);
  });
});
