import { describe, expect, it } from 'vitest';
import { aJob, finishedRun } from '../support/event-log.js';
import { ALICE, World } from './world.js';

describe('private runs', () => {
  /** Every place where a run could show up. */
  const EVERYWHERE = `{
    test(runId: 1) { runId }
    tests { nodes { runId } }
    ofPackage: tests(filter: { package: "secret" }) { nodes { runId } }
    queue { nodes { runId } }
    workers { running { runId } }
    package(name: "secret") { name }
    packages { nodes { name } }
    found: packages(search: "secret") { nodes { name } }
    packageStatuses { nodes { package } }
    news { nodes { test { runId } } }
    flaky { nodes { package } }
    queueSize { pending running }
  }`;

  async function withPrivateRuns(): Promise<World> {
    const world = World.start();
    await world.keys();
    const hidden = { package: 'secret', private: true, requestor: 'alice' };
    await world.happen(
      ...finishedRun({ runId: 1, ...hidden }),
      ...finishedRun({ runId: 2, ...hidden }, { status: 'fail', finishedAt: '2026-02-09T00:00:00.000Z' }),
      { type: 'TestEnqueued', data: aJob({ runId: 3, ...hidden }) },
      { type: 'TestEnqueued', data: aJob({ runId: 4, ...hidden }) },
      { type: 'TestStarted', data: { runId: 4, attempt: 1, worker: 'w1' } },
    );
    return world;
  }

  it.each([[undefined], ['key-of-bob'], ['operator-key']])('are nowhere for others (key %s)', async (key) => {
    const { data, errors } = await (await withPrivateRuns()).ask(EVERYWHERE, {}, key);
    expect(errors).toBeUndefined();
    const { workers, queueSize, test, package: known, ...lists } = data as Record<string, unknown>;
    expect([test, known]).toEqual([null, null]);
    expect(queueSize).toEqual({ pending: 0, running: 0 });
    expect(workers).toEqual([{ running: [] }, { running: [] }]);
    for (const [name, list] of Object.entries(lists)) expect(list, name).toEqual({ nodes: [] });
  });

  it('are seen by their requestor, and in no list of packages', async () => {
    const { data } = await (await withPrivateRuns()).ask(EVERYWHERE, {}, ALICE);
    expect(data).toMatchObject({
      test: { runId: 1 },
      tests: { nodes: [{ runId: 2 }, { runId: 1 }] },
      ofPackage: { nodes: [{ runId: 2 }, { runId: 1 }] },
      queue: { nodes: [{ runId: 3 }, { runId: 4 }] },
      workers: [{ running: [{ runId: 4 }] }, { running: [] }],
      package: null,
      packageStatuses: { nodes: [] },
      news: { nodes: [] },
    });
  });
});

describe('where nobody may browse', () => {
  it('every operation needs a key', async () => {
    const world = World.start();
    world.anybody = false;
    await world.keys();
    await world.happen(...finishedRun({ runId: 1 }));
    const query = '{ test(runId: 1) { runId } }';
    const { data, errors } = await world.ask(query);
    expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([undefined, ['E_KEY_NEEDED']]);
    const heard = await world.ask('subscription { testUpdates { test { runId } } }');
    expect(heard.errors?.map(({ extensions }) => extensions.code)).toEqual(['E_KEY_NEEDED']);
    expect((await world.ask(query, {}, ALICE)).data).toEqual({ test: { runId: 1 } });
  });
});
