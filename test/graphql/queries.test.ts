import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/verdict.js';
import { aJob, finishedRun } from '../support/event-log.js';
import { World, type Answer } from './world.js';

const at = (day: number): string => `2026-02-0${day}T00:00:00.000Z`;
const pins = [{ suite: 'experimental', packages: ['src:glibc'] }];

/** Runs of hello in unstable/amd64, one a day. */
async function days(world: World, statuses: readonly Status[]): Promise<void> {
  for (const [index, status] of statuses.entries()) {
    await world.happen(...finishedRun({ runId: index + 1 }, { status, finishedAt: at(index + 1) }));
  }
}

/** All nodes of a list, page by page, and the lengths of the pages. */
async function walk(
  world: World,
  list: string,
  selection: string,
  first: number,
): Promise<{ nodes: object[]; pages: number[] }> {
  const nodes: object[] = [];
  const pages: number[] = [];
  const [field = '', args = ''] = list.split('|');
  for (let after: string | null = null; ;) {
    const given = `first: ${first}${after === null ? '' : `, after: "${after}"`}${args === '' ? '' : `, ${args}`}`;
    const query = `{ ${field}(${given}) { edges { cursor node { ${selection} } } nodes { ${selection} } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;
    const { data, errors } = await world.ask(query);
    expect(errors).toBeUndefined();
    const page = data[field] as unknown as {
      edges: { cursor: string; node: object }[];
      nodes: object[];
      pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string };
    };
    expect(page.edges.map(({ node }) => node)).toEqual(page.nodes);
    expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
    nodes.push(...page.nodes);
    pages.push(page.nodes.length);
    if (!page.pageInfo.hasNextPage) return { nodes, pages };
    after = page.pageInfo.endCursor;
  }
}

const codes = ({ errors }: Answer): string[] => (errors ?? []).map(({ extensions }) => extensions.code);

describe('a package', () => {
  it('has the backend that it was given', async () => {
    const world = World.start();
    await days(world, ['pass']);
    const backend = async (): Promise<unknown> => (await world.ask('{ package(name: "hello") { backend } }')).data;
    expect(await backend()).toEqual({ package: { backend: null } });
    const data = { package: 'hello', backend: 'qemu', by: 'alice', reason: null };
    await world.happen({ type: 'PackageBackendSet', data });
    expect(await backend()).toEqual({ package: { backend: 'qemu' } });
  });

  it('comes with its matrix and the last runs of each', async () => {
    const world = World.start();
    await days(world, ['pass', 'fail', 'pass']);
    await world.happen(...finishedRun({ runId: 4, suite: 'testing', arch: 'arm64', pins }));
    const { data, errors } = await world.ask(`{
      package(name: "hello") {
        name prefix
        statuses {
          suite arch previousStatus lastPassAt test { runId status }
          tests(first: 2) { nodes { runId previousStatus } pageInfo { hasNextPage } }
        }
      }
    }`);
    expect(errors).toBeUndefined();
    const statuses = [
      {
        suite: 'testing',
        arch: 'arm64',
        previousStatus: null,
        lastPassAt: null,
        test: null,
        tests: { nodes: [{ runId: 4, previousStatus: null }], pageInfo: { hasNextPage: false } },
      },
      {
        suite: 'unstable',
        arch: 'amd64',
        previousStatus: 'fail',
        lastPassAt: at(3),
        test: { runId: 3, status: 'pass' },
        tests: {
          nodes: [
            { runId: 3, previousStatus: 'fail' },
            { runId: 2, previousStatus: 'pass' },
          ],
          pageInfo: { hasNextPage: true },
        },
      },
    ];
    expect(data).toEqual({ package: { name: 'hello', prefix: 'h', statuses } });
  });

  it('is shown as it stood, with its runs of then', async () => {
    const world = World.start();
    await days(world, ['pass', 'fail', 'pass']);
    const { data } = await world.ask(
      '{ package(name: "hello", asOf: "2026-02-02") { statuses { test { runId } tests { nodes { runId } } } } }',
    );
    expect(data).toEqual({
      package: { statuses: [{ test: { runId: 2 }, tests: { nodes: [{ runId: 2 }, { runId: 1 }] } }] },
    });
  });

  it('that nobody knows is null, and a name that cannot be one is refused', async () => {
    const world = World.start();
    expect((await world.ask('{ package(name: "hello") { name } }')).data).toEqual({ package: null });
    expect(codes(await world.ask('{ package(name: "no/such") { name } }'))).toEqual(['E_INVALID_INPUT']);
  });

  it('has runs of which all is told', async () => {
    const world = World.start();
    const job = {
      runId: 7,
      trigger: 'glibc/2.42-1',
      variant: 'big',
      reasons: [{ package: 'glibc', from: '2.41-1', to: null }],
    };
    await world.happen(...finishedRun({ ...job, origin: { kind: 'retry', of: 3 }, pins }));
    const { data } = await world.ask(`{ test(runId: 7) {
      package suite arch backend trigger variant priority requestor private state attempt worker status version
      durationSeconds message exitCode logBytes logUrl artifactsUrl purgedAt publishedAt origin retryOf testbedDigest
      pins { suite packages } testCases { name result detail } reasons { package from to }
    } }`);
    expect(data).toEqual({
      test: {
        package: 'hello',
        suite: 'unstable',
        arch: 'amd64',
        backend: 'fake',
        trigger: 'glibc/2.42-1',
        variant: 'big',
        priority: 5,
        requestor: null,
        private: false,
        state: 'finished',
        attempt: 1,
        worker: 'worker1',
        status: 'pass',
        version: '2.10-3',
        durationSeconds: 25,
        message: 'All tests passed',
        exitCode: 0,
        logBytes: 357,
        logUrl: '/data/autopkgtest/unstable/amd64/h/hello/7/log.gz',
        artifactsUrl: '/data/autopkgtest/unstable/amd64/h/hello/7/artifacts.tar.gz',
        purgedAt: null,
        publishedAt: null,
        origin: 'retry',
        retryOf: 3,
        testbedDigest: 'd'.repeat(64),
        pins,
        testCases: [{ name: 'upstream', result: 'PASS', detail: null }],
        reasons: [{ package: 'glibc', from: '2.41-1', to: null }],
      },
    });
  });
});

describe('a list', () => {
  /** Five packages in two suites; failures on even days. */
  async function archive(): Promise<World> {
    const world = World.start();
    const names = ['apt', 'bash', 'curl', 'dash', 'dpkg'];
    for (const [index, name] of names.entries()) {
      const job = { runId: 10 * (index + 1), package: name };
      await world.happen(...finishedRun(job, { status: index % 2 === 0 ? 'pass' : 'fail', finishedAt: at(index + 1) }));
      await world.happen(
        ...finishedRun({ ...job, runId: job.runId + 1, suite: 'testing' }, { finishedAt: at(index + 1) }),
      );
    }
    // On arm64 one is worse than on amd64, and one is slow and became worse.
    const [odd, slow] = [
      { runId: 60, package: 'apt', arch: 'arm64' },
      { runId: 62, package: 'curl', arch: 'arm64' },
    ];
    await world.happen(
      ...finishedRun(odd, { status: 'fail', finishedAt: at(6) }),
      ...finishedRun({ ...slow, runId: 61 }, { finishedAt: at(6) }),
      ...finishedRun(slow, { status: 'fail', finishedAt: at(7), durationSeconds: 3600 }),
    );
    for (const runId of [101, 102, 103]) {
      await world.happen({ type: 'TestEnqueued', data: aJob({ runId, priority: runId === 103 ? 9 : 5 }) });
    }
    return world;
  }

  it.each([
    ['packages', 'name', 6],
    ['packages|prefix: "d"', 'name', 2],
    ['packages|search: "a"', 'name', 3],
    ['packageStatuses', 'suite arch package', 13],
    ['packageStatuses|filter: { suite: "unstable", status: fail }', 'arch package', 4],
    ['packageStatuses|filter: { namePrefix: "d" }', 'suite package', 4],
    ['packageStatuses|asOf: "2026-02-03"', 'suite package', 6],
    ['packageStatuses|filter: { brokenAfter: "2026-02-01" }', 'suite package', 1],
    ['packageStatuses|filter: { minDurationSeconds: 3600 }', 'suite package', 1],
    ['platformIssues', 'suite package statuses { arch }', 2],
    ['platformIssues|suite: "testing"', 'suite package', 0],
    ['platformIssues|asOf: "2026-02-06"', 'suite package', 1],
    ['tests', 'runId', 13],
    ['tests|filter: { suite: "testing" }', 'runId', 5],
    ['tests|filter: { package: "dpkg" }', 'runId', 2],
    ['tests|filter: { status: fail }', 'runId', 4],
    ['tests|asOf: "2026-02-03"', 'runId', 6],
    ['queue', 'runId', 3],
    ['queue|filter: { package: "hello", state: pending }', 'runId', 3],
    ['compare|from: { suite: "testing" }, to: { suite: "unstable" }', 'package arch from to', 4],
    ['compare|from: { suite: "unstable", asOf: "2026-02-03" }, to: { suite: "unstable" }', 'package arch from to', 4],
  ])('of %s goes on where a page ends, with nothing twice', async (list, selection, length) => {
    const world = await archive();
    const whole = await walk(world, list, selection, 100);
    expect(whole.nodes).toHaveLength(length);
    const parts = await walk(world, list, selection, 2);
    expect(parts.nodes).toEqual(whole.nodes);
    expect(Math.max(...parts.pages)).toBe(Math.min(2, length));
  });

  it('of the queue is in the order in which runs are due', async () => {
    const { nodes } = await walk(await archive(), 'queue', 'runId', 100);
    expect(nodes).toEqual([{ runId: 103 }, { runId: 101 }, { runId: 102 }]);
  });

  it('of differences tells both statuses', async () => {
    const list = 'compare|from: { suite: "testing" }, to: { suite: "unstable" }';
    const { nodes } = await walk(await archive(), list, 'package from to', 100);
    expect(nodes).toEqual([
      { package: 'bash', from: 'pass', to: 'fail' },
      { package: 'dash', from: 'pass', to: 'fail' },
      { package: 'apt', from: null, to: 'fail' },
      { package: 'curl', from: null, to: 'fail' },
    ]);
  });

  it('is of 1 to 100 items, after a cursor of its own', async () => {
    const world = await archive();
    for (const first of [0, -1, 101]) {
      expect(codes(await world.ask(`{ tests(first: ${first}) { nodes { runId } } }`))).toEqual(['E_INVALID_INPUT']);
    }
    const { data } = await world.ask('{ queue(first: 1) { pageInfo { endCursor } } }');
    const { endCursor } = (data.queue as unknown as { pageInfo: { endCursor: string } }).pageInfo;
    for (const after of [endCursor, 'x', '', Buffer.from('["tests",{},[]]').toString('base64url')]) {
      expect(
        codes(await world.ask('query ($after: String) { tests(after: $after) { nodes { runId } } }', { after })),
      ).toEqual(['E_INVALID_INPUT']);
    }
  });
});

describe('an overview', () => {
  it('tells of news, days, workers, the queue and what is never tested', async () => {
    const world = World.start();
    await days(world, ['pass', 'fail']);
    await world.happen(
      { type: 'TestEnqueued', data: aJob({ runId: 8 }) },
      { type: 'TestEnqueued', data: aJob({ runId: 9 }) },
      { type: 'TestStarted', data: { runId: 9, attempt: 1, worker: 'w1' } },
    );
    world.rejected.push({ package: 'linux', suite: '*', arch: '*', version: '*', reason: 'too big' });
    const { data, errors } = await world.ask(`{
      position
      news { nodes { previousStatus test { runId } } }
      statusHistory(suite: "unstable", arch: "amd64", from: "2026-02-01", to: "2026-02-28") {
        day runs { pass fail } packages { pass fail }
      }
      workers { name running { runId } }
      queueSize { pending running }
      rejectList { package suite reason }
      flaky { nodes { package flips lastFlipAt } }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      position: await world.log.lastPosition(),
      news: { nodes: [{ previousStatus: 'pass', test: { runId: 2 } }] },
      statusHistory: [
        { day: '2026-02-01', runs: { pass: 1, fail: 0 }, packages: { pass: 1, fail: 0 } },
        { day: '2026-02-02', runs: { pass: 0, fail: 1 }, packages: { pass: 0, fail: 1 } },
      ],
      workers: [
        { name: 'w1', running: [{ runId: 9 }] },
        { name: 'worker1', running: [] },
      ],
      queueSize: { pending: 1, running: 1 },
      rejectList: [{ package: 'linux', suite: '*', reason: 'too big' }],
      flaky: { nodes: [{ package: 'hello', flips: 1, lastFlipAt: at(2) }] },
    });
  });

  it('of all suites is of now, or of then', async () => {
    const world = World.start();
    await days(world, ['pass', 'fail']);
    const query = (args: string): string => `{ statusCounts${args} { suite arch packages { pass fail } } }`;
    const counts = async (args: string): Promise<unknown> => (await world.ask(query(args))).data.statusCounts;
    const place = { suite: 'unstable', arch: 'amd64' };
    expect(await counts('')).toEqual([{ ...place, packages: { pass: 0, fail: 1 } }]);
    expect(await counts('(asOf: "2026-02-01")')).toEqual([{ ...place, packages: { pass: 1, fail: 0 } }]);
    expect(await counts('(asOf: "2026-01-01")')).toEqual([]);
  });

  it('covers ten years at most', async () => {
    const world = World.start();
    for (const [from, to] of [
      ['2026-02-02', '2026-02-01'],
      ['2000-01-01', '2026-01-01'],
      ['2026-02-30', '2026-03-01x'],
    ]) {
      const query =
        '{ statusHistory(suite: "unstable", arch: "amd64", from: "' + from! + '", to: "' + to! + '") { day } }';
      expect(codes(await world.ask(query))).toEqual(['E_INVALID_INPUT']);
    }
  });
});
