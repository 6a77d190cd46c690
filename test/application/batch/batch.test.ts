import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SqliteBatchState } from '../../../src/adapters/sqlite/batch-state.js';
import { Batch, BatchOfflineError, type BatchOutcome } from '../../../src/application/batch/batch.js';
import type { BatchParts, BatchScope } from '../../../src/application/batch/batch-parts.js';
import { REQUESTS_SUBJECT } from '../../../src/application/messages/subjects.js';
import type { RequestTransport } from '../../../src/application/submit.js';
import type { Outcome } from '../../../src/domain/events.js';
import { parseRejectList } from '../../../src/domain/reject-list.js';
import { testRunDecider, testStream } from '../../../src/domain/test-run.js';
import { openReadModel, type ReadModel } from '../../../src/projections/read-model.js';
import { ProjectedTestHistory } from '../../../src/projections/test-history.js';
import { anOutcome } from '../../support/event-log.js';
import { temporaryFolder } from '../../support/folder.js';
import { ChangingArchive, chainOf, realIndices, snapshotOf, withVersion } from '../../support/packages.js';
import { World } from '../../support/world.js';

const SCOPE: BatchScope = {
  suite: 'bookworm',
  arch: 'amd64',
  backend: 'fake',
  backendByDefault: true,
  extraAptSources: [],
  recommends: false,
  requestor: 'alice',
  force: false,
  only: null,
  limit: null,
};
const DAY_MS = 24 * 60 * 60 * 1000;
const NEVER = new AbortController().signal;
/** Of the real excerpts: with tests; bash has none. */
const TESTED = [
  ...['adduser', 'check-dfsg-status', 'colors.js', 'd3-format', 'distro-info-data', 'elfeed', 'exim4'],
  ...['golang-blackfriday-v2', 'golang-check.v1', 'gzip', 'hello', 'libidn2', 'sed'],
];

describe('batch', () => {
  let world: World;
  let folder: ReturnType<typeof temporaryFolder>;
  let archive: ChangingArchive;
  let state: SqliteBatchState;
  let readModel: ReadModel;
  let rejectList: string;
  let seeds: ReadonlySet<string> | null;
  let transport: RequestTransport;

  beforeEach(async () => {
    world = new World();
    await world.start();
    folder = temporaryFolder();
    archive = new ChangingArchive(realIndices());
    state = SqliteBatchState.open(join(folder.path, 'batch.sqlite'));
    readModel = openReadModel(world.readModel);
    rejectList = '';
    seeds = null;
    transport = { send };
  });
  afterEach(async () => {
    readModel.close();
    state.close();
    folder.remove();
    await world.dispose();
  });

  const send = async (body: Uint8Array, messageId: string): Promise<Uint8Array> =>
    (await world.bus.request(REQUESTS_SUBJECT, body, { timeoutMs: 10_000, messageId })).body;
  const parts = (): BatchParts => ({
    archive,
    history: new ProjectedTestHistory(readModel),
    state,
    rejectList: { entries: () => parseRejectList(rejectList, 'reject_list') },
    seedList: { packages: () => Promise.resolve(seeds) },
    clock: world.clock,
  });
  const batch = (scope: Partial<BatchScope> = {}): Batch =>
    new Batch(parts(), { ...SCOPE, ...scope }, { step: () => undefined, line: () => undefined });
  const run = (scope: Partial<BatchScope> = {}): Promise<BatchOutcome> => batch(scope).run(transport, NEVER);
  const requested = async (scope: Partial<BatchScope> = {}): Promise<string[]> =>
    (await run(scope)).runs.map((one) => one.package);
  /** Ends runs, and resolves when the read model knows. */
  const finish = async (
    runs: BatchOutcome['runs'],
    outcome: (name: string) => Partial<Outcome> = () => ({}),
  ): Promise<void> => {
    for (const { runId, package: name } of runs) {
      const ended = anOutcome({ finishedAt: world.clock.now().toISOString(), ...outcome(name) });
      const command = { type: 'finish', runId, attempt: 1, outcome: ended } as const;
      const metadata = { actor: 'worker:w', causationId: null, correlationId: null };
      await world.log.handle(testRunDecider, testStream(runId), command, metadata);
    }
    await vi.waitFor(() => {
      for (const { runId } of runs) expect(readModel.runs.byId(runId)?.status ?? null).not.toBeNull();
    });
  };
  const change = (name: string, version: string): void => {
    archive.indices = { ...archive.indices, packages: withVersion(archive.indices.packages, name, version) };
  };
  const job = async (runId: number) => (await world.event('TestEnqueued', ({ data }) => data.runId === runId)).data;

  it('asks for all packages that have tests at first, and says why', async () => {
    const { runs, skipped } = await run();
    expect(runs.map((one) => one.package)).toEqual(TESTED);
    expect(skipped).toEqual([]);
    expect(await job(1)).toMatchObject({
      package: 'adduser',
      suite: 'bookworm',
      requestor: 'alice',
      origin: { kind: 'batch' },
      trigger: 'never tested',
      reasons: [],
    });
  });

  it('asks for nothing the second time, be the runs pending, finished, or not in the read model yet', async () => {
    const { runs } = await run();
    expect(await requested()).toEqual([]);
    await finish(runs);
    const second = await run();
    expect(second.runs).toEqual([]);
    expect(second.skipped.every(({ decision }) => decision.why === 'unchanged')).toBe(true);
  });

  it('asks for exactly those whose chain holds a package that changed', async () => {
    await finish((await run()).runs);
    const snapshot = await snapshotOf(archive.indices);
    const withLibc = TESTED.filter((name) => chainOf(snapshot, name).includes('libc6'));
    expect(withLibc.length).toBeGreaterThan(3);
    expect(withLibc.length).toBeLessThan(TESTED.length - 3);
    change('libc6', '2.36-10');
    const { runs } = await run();
    expect(runs.map((one) => one.package).sort()).toEqual(withLibc);
    const from = /^Package: libc6\n[^]*?\nVersion: (.*)/m.exec(realIndices().packages)?.[1];
    expect(await job(runs[0]!.runId)).toMatchObject({
      trigger: `libc6 ${from ?? ''} → 2.36-10`,
      reasons: [{ package: 'libc6', from, to: '2.36-10' }],
    });
  });

  it('asks for a package that was uploaded, and says so', async () => {
    await finish((await run()).runs);
    archive.indices = { ...archive.indices, sources: withVersion(archive.indices.sources, 'hello', '2.10-4') };
    change('hello', '2.10-4');
    const { runs } = await run();
    expect(runs.map((one) => one.package)).toEqual(['hello']);
    expect(await job(runs[0]!.runId)).toMatchObject({
      trigger: 'recently uploaded: hello 2.10-3 → 2.10-4',
      reasons: [{ package: 'hello', from: '2.10-3', to: '2.10-4' }],
    });
  });

  it('asks for a package of which a binary alone was built anew', async () => {
    await finish((await run()).runs);
    change('hello', '2.10-3+b1');
    const { runs } = await run();
    expect(runs.map((one) => one.package)).toEqual(['hello']);
    expect(await job(runs[0]!.runId)).toMatchObject({ trigger: 'hello 2.10-3 → 2.10-3+b1' });
  });

  it('asks for tmpfails again, and for what is older than a month', async () => {
    await finish((await run()).runs, (name) => (name === 'sed' ? { status: 'tmpfail', exitCode: 16 } : {}));
    expect(await requested()).toEqual(['sed']);
    world.clock.time += 31 * DAY_MS;
    expect((await requested()).sort()).toEqual(TESTED.filter((name) => name !== 'sed'));
  });

  it('asks for new packages before all, then for the fastest', async () => {
    await finish((await run({ only: new Set(['hello', 'sed', 'gzip']) })).runs, (name) => ({
      durationSeconds: { hello: 90, sed: 10, gzip: 300 }[name] ?? 0,
    }));
    const order = await requested({ force: true, only: new Set(['adduser', 'hello', 'sed', 'gzip', 'libidn2']) });
    expect(order).toEqual(['adduser', 'libidn2', 'sed', 'hello', 'gzip']);
  });

  it('asks for no more than the limit, and for the others the next time', async () => {
    const first = await run({ limit: 5 });
    expect([first.runs.length, first.held]).toEqual([5, TESTED.length - 5]);
    expect(await requested({ limit: 5 })).toEqual(TESTED.slice(5, 10));
    expect((await run({ limit: 0 })).runs).toEqual([]);
  });

  it('obeys the reject list, also where it is forced', async () => {
    rejectList = '# it never ends\nhello bookworm\n\nlib*\nsed * arm64\n';
    const { runs, skipped } = await run({ force: true });
    expect(runs.map((one) => one.package)).toEqual(TESTED.filter((name) => name !== 'hello' && name !== 'libidn2'));
    expect(skipped.map((one) => [one.package, one.rejected?.reason ?? null])).toEqual([
      ['hello', 'it never ends'],
      ['libidn2', null],
    ]);
  });

  it('obeys the seed list, tests named or not', async () => {
    seeds = new Set(['bash', 'hello', 'no-such-package']);
    const outcome = await run();
    expect(outcome.runs.map((one) => one.package)).toEqual(['bash', 'hello']);
    expect(outcome.unknown).toEqual(['no-such-package']);
    expect((await run({ only: new Set(['sed']) })).outside).toEqual(['sed']);
  });

  it('names packages with results that the archive has no more', async () => {
    await finish((await run()).runs);
    const sources = archive.indices.sources.split('\n\n').filter((stanza) => !stanza.startsWith('Package: hello\n'));
    archive.indices = { ...archive.indices, sources: sources.join('\n\n') };
    expect((await run()).gone).toEqual(['hello']);
  });

  it('marks them, once, and takes the mark back when the archive has them again', async () => {
    await finish((await run()).runs);
    const whole = archive.indices;
    const without = whole.sources.split('\n\n').filter((stanza) => !stanza.startsWith('Package: hello\n'));
    const marked = async (): Promise<string[]> => {
      const types: string[] = [];
      for await (const { type } of world.log.readStream('package-hello')) types.push(type);
      return types;
    };
    const listed = (): boolean =>
      readModel.packages.statuses({ namePrefix: 'hello' }, { limit: 1 }).items.some((one) => one.package === 'hello');
    archive.indices = { ...whole, sources: without.join('\n\n') };
    await batch().plan(NEVER);
    expect(await marked()).toEqual([]);
    await run();
    await vi.waitFor(() => {
      expect(listed()).toBe(false);
    });
    const again = await run();
    expect(again.gone).toEqual(['hello']);
    expect(again.marks).toEqual({ removed: [], returned: [] });
    expect(await marked()).toEqual(['PackageRemoved']);
    archive.indices = whole;
    expect((await run()).marks).toEqual({ removed: [], returned: ['hello'] });
    expect(await marked()).toEqual(['PackageRemoved', 'PackageReturned']);
    await vi.waitFor(() => {
      expect(listed()).toBe(true);
    });
  });

  it('asks for everything once more where its memory is lost, but not for what is pending', async () => {
    await finish((await run()).runs.filter((one) => one.package !== 'hello'));
    state.close();
    state = SqliteBatchState.open(join(folder.path, 'new.sqlite'));
    const { runs } = await run();
    expect(runs.map((one) => one.package).sort()).toEqual(TESTED.filter((name) => name !== 'hello'));
    expect(await job(runs[0]!.runId)).toMatchObject({ trigger: 'what the last run saw is not known' });
  });

  it('does nothing while it is offline', async () => {
    state.offline = true;
    await expect(run()).rejects.toThrow(BatchOfflineError);
    expect(archive.refreshed).toBe(0);
    state.offline = false;
    expect(await requested()).toEqual(TESTED);
  });

  describe('interrupted', () => {
    const allRuns = (): string[] => readModel.runs.queue({ limit: 1000 }).items.map((one) => one.package);
    /** What there is in the end, a next batch included. */
    const settled = async (): Promise<string[]> => {
      expect(await requested()).toEqual([]);
      return vi.waitFor(() => {
        const all = allRuns().sort();
        expect(all.length).toBeGreaterThanOrEqual(TESTED.length);
        return all;
      });
    };

    it('before a request was sent, asks for its jobs the next time', async () => {
      transport = { send: () => Promise.reject(new Error('no broker')) };
      await expect(run()).rejects.toThrow('no broker');
      transport = { send };
      expect(await requested()).toEqual(TESTED);
      expect(await settled()).toEqual(TESTED);
    });

    it('after a request was carried out and before the answer came, does not ask twice', async () => {
      transport = {
        send: async (body, id) => {
          await send(body, id);
          throw new Error('the connection broke');
        },
      };
      await expect(run()).rejects.toThrow('the connection broke');
      // A dry run says that they are pending, and asks for nothing.
      const plan = await batch().plan(NEVER);
      expect(plan.wanted).toEqual([]);
      transport = { send };
      expect(await requested()).toEqual(TESTED);
      expect(await settled()).toEqual(TESTED);
    });

    it('while the collector carries a request out, does not ask twice', async () => {
      const first: Promise<unknown>[] = [];
      transport = {
        send: (body, id) => {
          first.push(send(body, id));
          return Promise.reject(new Error('no patience'));
        },
      };
      await expect(run()).rejects.toThrow('no patience');
      transport = { send };
      expect(await requested()).toEqual(TESTED);
      await Promise.all(first);
      expect(await settled()).toEqual(TESTED);
    });

    it('by a signal, ends between two requests', async () => {
      const stop = new AbortController();
      stop.abort();
      expect((await batch().run(transport, stop.signal)).runs).toEqual([]);
      expect(await requested()).toEqual(TESTED);
    });

    it('forgets a request that the collector refused', async () => {
      const refusal = { ok: false, code: 'E_REJECTED', message: 'hello is on the reject list', exitCode: 2 };
      transport = { send: () => Promise.resolve(new TextEncoder().encode(JSON.stringify(refusal))) };
      await expect(run()).rejects.toThrow('hello is on the reject list');
      expect(state.unfinished()).toEqual([]);
      transport = { send };
      expect(await requested()).toEqual(TESTED);
    });
  });
});
