import { beforeEach, describe, expect, it } from 'vitest';
import { aJob, finishedRun } from '../../support/event-log.js';
import { ALICE, BOB, OPERATOR_KEY } from '../../graphql/world.js';
import { Rest } from './rest.js';

interface Results {
  readonly until: number;
  readonly results: readonly { readonly run_id: number; readonly status: string | null; readonly updated_at: string }[];
}

let rest: Rest;

beforeEach(async () => {
  rest = await Rest.start();
});

describe('results', () => {
  const results = async (since?: number, key = ALICE): Promise<Results> => {
    const response = await rest.call('GET', since === undefined ? '/test' : `/test?since=${since}`, key);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    return response.json();
  };

  it('are of what the key’s user asked for, private or not, ended or not', async () => {
    await rest.world.happen(
      ...finishedRun(
        { runId: 1, requestor: 'alice', private: true, trigger: 'foo/1.2' },
        { version: '4.5', status: 'fail' },
      ),
      { type: 'TestEnqueued', data: aJob({ runId: 2, requestor: 'alice' }) },
      ...finishedRun({ runId: 3, requestor: 'bob' }),
      { type: 'TestEnqueued', data: aJob({ runId: 4, requestor: null }) },
    );
    const { until, results: mine } = await results();
    expect(mine).toMatchObject([
      { run_id: 1, trigger: 'foo/1.2', version: '4.5', status: 'fail', is_private: true, requestor: 'alice' },
      { run_id: 2, package: 'hello', suite: 'unstable', arch: 'amd64', version: null, status: null, date: null },
    ]);
    expect(until).toBeLessThanOrEqual(Date.parse(mine.at(-1)!.updated_at) / 1000);
    expect((await results(0, BOB)).results).toMatchObject([{ run_id: 3 }]);
    expect(await results(77, OPERATOR_KEY)).toEqual({ until: 77, results: [] });
  });

  it('come again when something happened since; `until` leads to all that is new', async () => {
    await rest.post('/test/unstable/amd64/hello', {});
    await rest.caughtUp();
    const first = await results();
    expect(first.results).toMatchObject([{ run_id: 1, status: null }]);
    await rest.world.happen(finishedRun({ runId: 1 }).at(-1)!);
    expect((await results(first.until)).results).toMatchObject([{ run_id: 1, status: 'pass' }]);
    const later = Math.ceil(Date.now() / 1000) + 1;
    expect(await results(later)).toEqual({ until: later, results: [] });
  });

  it('come whole, however many', async () => {
    for (let runId = 1; runId <= 1203; runId++) {
      await rest.world.write({ type: 'TestEnqueued', data: aJob({ runId, requestor: 'alice' }) });
    }
    await rest.caughtUp();
    const { results: all } = await results();
    expect(all.map(({ run_id: id }) => id)).toEqual(Array.from({ length: 1203 }, (_, n) => n + 1));
  });

  it('are refused of a time that is none', async () => {
    for (const since of ['yesterday', '-1', '1e9', '123456789012']) {
      const { statusCode, body } = await rest.call('GET', `/test?since=${since}`);
      expect([statusCode, body]).toEqual([400, expect.stringContaining('since: ')]);
    }
  });
});

describe('a run', () => {
  const runs = finishedRun({ runId: 1, requestor: 'alice', private: true });
  const open = { type: 'TestEnqueued', data: aJob({ runId: 2, requestor: 'alice' }) } as const;

  it('is pending or completed, for who may see it', async () => {
    await rest.world.happen(...runs, open);
    expect((await rest.call('GET', '/job_state/1')).json()).toEqual({ state: 'completed' });
    expect((await rest.call('GET', '/job_state/2', BOB)).json()).toEqual({ state: 'pending' });
    for (const [runId, key] of [
      ['1', BOB],
      ['3', ALICE],
      ['x', ALICE],
    ] as const) {
      expect((await rest.call('GET', `/job_state/${runId}`, key)).statusCode).toBe(400);
    }
  });

  it('is known at once', async () => {
    await rest.post('/test/unstable/amd64/hello', {});
    expect((await rest.call('GET', '/job_state/1')).json()).toEqual({ state: 'pending' });
  });
});

describe('lists', () => {
  it('of what is rejected have Debian’s form', async () => {
    rest.world.rejected.push(
      { package: 'bash', suite: 'testing', arch: '*', version: '*', reason: null },
      { package: 'bash', suite: 'unstable', arch: 'amd64', version: '5.0.0', reason: 'breaks the testbed' },
      { package: '__proto__', suite: 'constructor', arch: '*', version: '*', reason: null },
    );
    expect((await rest.call('GET', '/reject_list')).body).toBe(
      JSON.stringify({
        bash: { testing: { '*': { '*': '' } }, unstable: { amd64: { '5.0.0': 'breaks the testbed' } } },
        ['__proto__']: { constructor: { '*': { '*': '' } } },
      }),
    );
  });

  it('of packages name all that were tested publicly', async () => {
    expect((await rest.call('GET', '/packages')).json()).toEqual([]);
    await rest.world.happen(
      ...finishedRun({ runId: 1 }),
      ...finishedRun({ runId: 2, package: 'apt' }),
      ...finishedRun({ runId: 3, package: 'secret', private: true }),
    );
    expect((await rest.call('GET', '/packages')).json()).toEqual(['apt', 'hello']);
  });
});
