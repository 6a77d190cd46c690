import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { GraphqlClient } from '../../src/cli/live/graphql-client.js';
import type { TestRunEvent } from '../../src/domain/events.js';
import { aJob, anOutcome, finishedRun } from '../support/event-log.js';
import { ALICE, BOB, World } from './world.js';

interface Update {
  readonly position: string;
  readonly happening?: string;
  readonly status?: string;
  readonly previousStatus?: string | null;
  readonly package?: string;
  readonly test: { readonly runId: number; readonly status: string | null };
}

const TESTS = `subscription ($filter: TestUpdateFilter, $after: Position) {
  testUpdates(filter: $filter, after: $after) { position happening test { runId status } }
}`;
const STATUSES = `subscription ($filter: StatusUpdateFilter, $after: Position) {
  packageStatusChanged(filter: $filter, after: $after) { position status previousStatus package test { runId status } }
}`;

/** A way to subscribe: an iteration that is left by dropping the connection under it. */
type Transport = (url: string, query: string, variables: object, key?: string) => AsyncIterable<Update>;

const overSse: Transport = async function* (url, query, variables, key) {
  const dropped = new AbortController();
  try {
    const client = new GraphqlClient(url, key ?? null);
    for await (const data of client.subscribe<Record<string, Update>>(query, variables, dropped.signal)) {
      yield Object.values(data)[0]!;
    }
  } finally {
    dropped.abort();
  }
};

const overWebSocket: Transport = async function* (url, query, variables, key) {
  let socket: WebSocket | undefined;
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: { opened: (opened) => (socket = opened as WebSocket) },
    ...(key !== undefined && { connectionParams: { Authorization: `Bearer ${key}` } }),
  });
  try {
    for await (const { data, errors } of client.iterate<Record<string, Update>>({
      query,
      variables: { ...variables },
    })) {
      if (errors) throw new Error(JSON.stringify(errors));
      yield Object.values(data!)[0]!;
    }
  } catch (refusal) {
    throw refusal instanceof Error ? refusal : new Error(JSON.stringify(refusal));
  } finally {
    socket?.terminate();
  }
};

const TRANSPORTS = [
  ['server-sent events', overSse],
  ['a WebSocket', overWebSocket],
] as const;

async function take(updates: AsyncIterable<Update>, count: number): Promise<Update[]> {
  const taken: Update[] = [];
  for await (const update of updates) if (taken.push(update) === count) break;
  return taken;
}

const enqueued = (runId: number, job: Parameters<typeof aJob>[0] | object = {}): TestRunEvent => ({
  type: 'TestEnqueued',
  data: aJob({ runId, ...job }),
});

/** What the log holds after a place, as a subscription tells it. */
async function told(world: World, after?: string): Promise<[string, number][]> {
  const all: [string, number][] = [];
  for await (const event of world.log.readAll()) {
    if ('runId' in event.data && event.position > (after ?? '')) all.push([event.position, event.data.runId]);
  }
  return all;
}

const asTold = (updates: readonly Update[]): [string, number][] =>
  updates.map(({ position, test }) => [position, test.runId]);

async function listening(): Promise<{ world: World; url: string }> {
  const world = World.start();
  return { world, url: await world.listen() };
}

describe.each(TRANSPORTS)('updates over %s', (_, subscribe) => {
  it('tell what happens, with what is known of the run when it is told', async () => {
    const { world, url } = await listening();
    await world.happen(enqueued(1));
    const after = await world.log.lastPosition();
    const updates = take(subscribe(url, TESTS, { after }), 4);
    await world.happen(enqueued(2), ...finishedRun({ runId: 3 }, { status: 'fail' }));
    await world.happen({ type: 'TestCancelled', data: { runId: 2, by: 'alice', reason: null } });
    expect((await updates).map(({ happening, test }) => [happening, test.runId])).toEqual([
      ['enqueued', 2],
      ['enqueued', 3],
      ['finished', 3],
      ['cancelled', 2],
    ]);
    expect((await updates)[2]).toMatchObject({ test: { status: 'fail' } });
  });

  it('go on after a dropped connection where they were: nothing is lost, nothing comes twice', async () => {
    const { world, url } = await listening();
    await world.happen(enqueued(1));
    const begin = (await world.log.lastPosition())!;
    // Written while connections come and go, faster than they are read.
    const writing = (async () => {
      for (let runId = 2; runId < 150; runId++) await world.happen(...finishedRun({ runId }));
    })();
    const seen: Update[] = [];
    for (const count of [1, 7, 1, 40, 3, 100]) {
      seen.push(...(await take(subscribe(url, TESTS, { after: seen.at(-1)?.position ?? begin }), count)));
    }
    await writing;
    const rest = (await told(world, seen.at(-1)!.position)).length;
    seen.push(...(await take(subscribe(url, TESTS, { after: seen.at(-1)!.position }), rest)));
    expect(asTold(seen)).toEqual(await told(world, begin));
  });

  it('of statuses go on too, with each status as it was then', async () => {
    const { world, url } = await listening();
    const statuses = ['pass', 'pass', 'fail', 'tmpfail', 'tmpfail', 'pass'] as const;
    for (const [day, status] of statuses.entries()) {
      await world.happen(
        ...finishedRun({ runId: day + 1 }, { status, finishedAt: `2026-02-0${day + 1}T00:00:00.000Z` }),
      );
    }
    // Older than what there is: it changes nothing.
    await world.happen(...finishedRun({ runId: 20 }, { status: 'neutral', finishedAt: '2026-01-01T00:00:00.000Z' }));
    const [first] = await told(world);
    const seen = await take(subscribe(url, STATUSES, { after: first![0] }), 2);
    seen.push(...(await take(subscribe(url, STATUSES, { after: seen.at(-1)!.position }), 2)));
    expect(seen.map(({ previousStatus, status, test }) => [previousStatus, status, test.runId])).toEqual([
      [null, 'pass', 1],
      ['pass', 'fail', 3],
      ['fail', 'tmpfail', 4],
      ['tmpfail', 'pass', 6],
    ]);
  });

  it('of private runs are told to their requestor only, until they are published', async () => {
    const { world, url } = await listening();
    await world.keys();
    const after = await world.log.lastPosition();
    const hidden = { private: true, requestor: 'alice' };
    await world.happen(...finishedRun({ runId: 1, ...hidden }), ...finishedRun({ runId: 2, ...hidden }), enqueued(3));
    expect(asTold(await take(subscribe(url, TESTS, { after }), 1)).map(([, runId]) => runId)).toEqual([3]);
    expect((await take(subscribe(url, TESTS, { after }, BOB), 1))[0]?.test.runId).toBe(3);
    const own = await take(subscribe(url, TESTS, { after }, ALICE), 5);
    expect(own.map(({ test }) => test.runId)).toEqual([1, 1, 2, 2, 3]);
    const live = take(subscribe(url, TESTS, { after: own.at(-1)!.position }), 1);
    const statuses = take(subscribe(url, STATUSES, { after }), 1);
    await world.happen({ type: 'TestPublished', data: { runId: 2, by: 'alice', reason: null } });
    expect(await live).toMatchObject([{ happening: 'published', test: { runId: 2 } }]);
    expect(await statuses).toMatchObject([{ status: 'pass', test: { runId: 2 } }]);
  });

  it('are filtered', async () => {
    const { world, url } = await listening();
    await world.happen(enqueued(1));
    const after = await world.log.lastPosition();
    await world.happen(
      ...finishedRun({ runId: 2, package: 'dpkg' }, { status: 'fail' }),
      ...finishedRun({ runId: 3, arch: 'arm64' }, { status: 'fail' }),
      ...finishedRun({ runId: 4 }, { status: 'pass' }),
      ...finishedRun({ runId: 5 }, { status: 'fail' }),
    );
    const filter = { package: 'hello', suite: 'unstable', arch: 'amd64', status: 'fail', happenings: ['finished'] };
    expect(await take(subscribe(url, TESTS, { after, filter }), 1)).toMatchObject([{ test: { runId: 5 } }]);
    const failing = { status: 'fail', package: 'hello', arch: 'amd64' };
    expect(await take(subscribe(url, STATUSES, { after, filter: failing }), 1)).toMatchObject([{ test: { runId: 5 } }]);
  });

  it.each(['nonsense', '9999999999999999', '!'])('are refused after %s, which this log never gave', async (after) => {
    const { world, url } = await listening();
    await world.happen(enqueued(1));
    await expect(take(subscribe(url, TESTS, { after }), 1)).rejects.toThrow(/position/);
  });

  it('are refused with a wrong key', async () => {
    const { url } = await listening();
    await expect(take(subscribe(url, TESTS, {}, 'guess'), 1)).rejects.toThrow(/API key is not known/);
  });

  it('leave nothing behind when connections are dropped', async () => {
    const { world, url } = await listening();
    await world.happen(enqueued(1), enqueued(2));
    const [first] = await told(world);
    for (let round = 0; round < 20; round++) await take(subscribe(url, TESTS, { after: first![0] }), 1);
    await vi.waitFor(() => {
      expect(world.followers).toBe(0);
    });
    const waiting = take(subscribe(url, TESTS, { after: (await world.log.lastPosition())! }), 1);
    await vi.waitFor(() => {
      expect(world.followers).toBe(1);
    });
    await world.happen(enqueued(3));
    expect(await waiting).toMatchObject([{ test: { runId: 3 } }]);
    await vi.waitFor(() => {
      expect(world.followers).toBe(0);
    });
  });

  it('end when the server does', async () => {
    const { world, url } = await listening();
    await world.happen(enqueued(1));
    const open = take(subscribe(url, TESTS, { after: (await world.log.lastPosition())! }), 1).catch(() => []);
    await vi.waitFor(() => {
      expect(world.followers).toBe(1);
    });
    await world.endpoint.close();
    expect(await open).toEqual([]);
    expect(world.followers).toBe(0);
  });
});

describe('a subscriber that does not read', () => {
  it('is not read for: what it has not taken stays in the log', async () => {
    const { world, url } = await listening();
    await world.happen(enqueued(1));
    const after = await world.log.lastPosition();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    socket.pause();
    const body = JSON.stringify({
      query: TESTS.replace('runId status', 'runId status message trigger'),
      variables: { after },
    });
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: ${hostname}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    const trigger = 'x'.repeat(512);
    const runs = Array.from({ length: 40_000 }, (_, index) => enqueued(index + 2, { trigger }));
    await Promise.all(runs.map((event) => world.write(event)));
    await world.projector.reached((await world.log.lastPosition())!);
    // It takes what the buffers of the system hold, and then no more.
    let before = -1;
    await vi.waitFor(
      () => {
        const [now, then] = [world.handedOut, before];
        before = now;
        expect(now).toBe(then);
        expect(now).toBeGreaterThan(0);
      },
      { interval: 300, timeout: 15_000 },
    );
    expect(world.handedOut).toBeLessThan(runs.length);
    socket.destroy();
    await vi.waitFor(() => {
      expect(world.followers).toBe(0);
    });
  });
});

describe('a subscription without news', () => {
  it('shows that it is alive', async () => {
    const { world, url } = await listening();
    await world.happen(enqueued(1));
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'accept-encoding': 'gzip' },
      body: JSON.stringify({ query: TESTS }),
    });
    let heard = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      heard += chunk;
      if (heard.split(':\n\n').length > 3) break;
    }
    expect(heard).toMatch(/^(:\n\n)+$/);
  });
});

it('a run that finished long before its update is told is told with its result', async () => {
  const { world, url } = await listening();
  await world.happen(enqueued(1), { type: 'TestStarted', data: { runId: 1, attempt: 1, worker: 'w' } });
  const [first] = await told(world);
  await world.happen({ type: 'TestFinished', data: { ...anOutcome({ status: 'fail' }), runId: 1, attempt: 1 } });
  expect(await take(overSse(url, TESTS, { after: first![0] }), 2)).toMatchObject([
    { happening: 'started', test: { runId: 1, status: 'fail' } },
    { happening: 'finished', test: { runId: 1, status: 'fail' } },
  ]);
});
