import { describe, expect, it } from 'vitest';
import { aJob, finishedRun } from '../support/event-log.js';
import { ALICE, BOB, OPERATOR_KEY, World, type Answer } from './world.js';

const ENQUEUE = 'mutation ($tests: [EnqueueInput!]!) { enqueue(tests: $tests) { runId package suite arch backend } }';
const wanted = { package: 'hello', suite: 'unstable', arch: 'amd64' };

const codes = ({ errors }: Answer): string[] => (errors ?? []).map(({ extensions }) => extensions.code);

async function started(): Promise<World> {
  const world = World.start();
  await world.keys();
  return world;
}

describe('enqueue', () => {
  it('writes down what was asked for, in the name of the key’s user', async () => {
    const world = await started();
    const tests = [
      { ...wanted, trigger: 'glibc/2.42-1', pins: [{ suite: 'experimental', packages: ['src:glibc'] }], priority: 8 },
      { ...wanted, package: 'dpkg', backend: 'lxc', private: true },
    ];
    const { data, errors } = await world.ask(ENQUEUE, { tests }, ALICE);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      enqueue: [
        { runId: 1, ...wanted, backend: 'fake' },
        { runId: 2, ...wanted, package: 'dpkg', backend: 'lxc' },
      ],
    });
    expect(await world.enqueued()).toMatchObject([
      { runId: 1, requestor: 'alice', origin: { kind: 'api' }, priority: 8, private: false, ...tests[0] },
      { runId: 2, requestor: 'alice', origin: { kind: 'api' }, priority: 5, private: true, trigger: null },
    ]);
  });

  it('takes the key from Debian’s header too', async () => {
    const world = await started();
    const answer = await world.post(JSON.stringify({ query: ENQUEUE, variables: { tests: [wanted] } }), {
      'auth-key': BOB,
    });
    expect(answer.errors).toBeUndefined();
    expect(await world.enqueued()).toMatchObject([{ requestor: 'bob' }]);
  });

  it('enqueues nothing where one of the packages is not allowed, or on the reject list', async () => {
    const world = await started();
    world.rejected.push({ package: 'linux*', suite: '*', arch: '*', version: '*', reason: 'too big' });
    const bad = await world.ask(ENQUEUE, { tests: [wanted, { ...wanted, package: '../x' }] }, ALICE);
    expect(codes(bad)).toEqual(['E_INVALID_INPUT']);
    expect(bad.errors?.[0]?.message).toMatch(/^jobs\[1\]\.package: "\.\.\/x" is not allowed/);
    const rejected = await world.ask(ENQUEUE, { tests: [wanted, { ...wanted, package: 'linux-rt' }] }, ALICE);
    expect(codes(rejected)).toEqual(['E_REJECTED']);
    expect(rejected.errors?.[0]?.message).toBe('linux-rt unstable/amd64 is on the reject list: too big');
    expect(await world.enqueued()).toEqual([]);
  });

  it('needs a key that is known and was not revoked', async () => {
    const world = await started();
    expect(codes(await world.ask(ENQUEUE, { tests: [wanted] }))).toEqual(['E_KEY_NEEDED']);
    const unknown = await world.ask(ENQUEUE, { tests: [wanted] }, 'guess');
    expect([unknown.status, codes(unknown)]).toEqual([403, ['E_BAD_KEY']]);
    const { keyId } = world.readModel.apiKeys.ofUser('alice')[0]!;
    await world.happen({ type: 'ApiKeyRevoked', data: { keyId, by: 'operator', reason: null } });
    expect(codes(await world.ask('{ position }', {}, ALICE))).toEqual(['E_BAD_KEY']);
    expect(await world.enqueued()).toEqual([]);
  });

  it('is not possible by GET', async () => {
    const world = await started();
    const query = 'mutation { cancel(runIds: [1]) { changed } }';
    const answer = await world.endpoint.answer({
      method: 'GET',
      url: `/graphql?query=${encodeURIComponent(query)}`,
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, accept: 'application/json' },
      body: null,
      signal: new AbortController().signal,
    });
    expect(answer.status).toBe(405);
  });
});

describe('what exists', () => {
  /** Alice's runs: 1 public and finished, 2 private and finished, 3 public and open, 4 private and open. */
  async function withRuns(): Promise<World> {
    const world = await started();
    await world.happen(
      ...finishedRun({ runId: 1, requestor: 'alice' }),
      ...finishedRun({ runId: 2, requestor: 'alice', private: true }),
      { type: 'TestEnqueued', data: aJob({ runId: 3, requestor: 'alice' }) },
      { type: 'TestEnqueued', data: aJob({ runId: 4, requestor: 'alice', private: true }) },
    );
    return world;
  }
  const retry = 'mutation ($runIds: [Int!]!) { retry(runIds: $runIds) { runId package } }';
  const cancel = 'mutation ($runIds: [Int!]!) { cancel(runIds: $runIds, reason: "mistake") { runId changed } }';
  const publish = 'mutation ($runIds: [Int!]!) { publish(runIds: $runIds) { runId changed } }';

  it('is retried, cancelled and published by its requestor', async () => {
    const world = await withRuns();
    expect((await world.ask(retry, { runIds: [1, 2] }, ALICE)).data).toEqual({
      retry: [
        { runId: 5, package: 'hello' },
        { runId: 6, package: 'hello' },
      ],
    });
    expect((await world.enqueued()).slice(4)).toMatchObject([
      { origin: { kind: 'retry', of: 1 }, requestor: 'alice', private: false },
      { origin: { kind: 'retry', of: 2 }, requestor: 'alice', private: true },
    ]);
    expect((await world.ask(cancel, { runIds: [3, 1] }, ALICE)).data).toEqual({
      cancel: [
        { runId: 3, changed: true },
        { runId: 1, changed: false },
      ],
    });
    expect((await world.ask(publish, { runIds: [2] }, ALICE)).data).toEqual({
      publish: [{ runId: 2, changed: true }],
    });
    // What was asked for a moment ago can be called off now.
    const made = await world.ask(ENQUEUE, { tests: [wanted] }, ALICE);
    const [{ runId }] = made.data.enqueue as unknown as [{ runId: number }];
    expect((await world.ask(cancel, { runIds: [runId] }, ALICE)).data).toEqual({ cancel: [{ runId, changed: true }] });
  });

  it('is retried by others while it is public, and no more', async () => {
    const world = await withRuns();
    const before = await world.log.lastPosition();
    expect(codes(await world.ask(retry, { runIds: [1, 2] }, BOB))).toEqual(['E_UNKNOWN_RUN']);
    expect(codes(await world.ask(retry, { runIds: [99] }, BOB))).toEqual(['E_UNKNOWN_RUN']);
    expect(codes(await world.ask(cancel, { runIds: [3] }, BOB))).toEqual(['E_FORBIDDEN']);
    expect(codes(await world.ask(cancel, { runIds: [4] }, BOB))).toEqual(['E_UNKNOWN_RUN']);
    expect(codes(await world.ask(publish, { runIds: [2] }, BOB))).toEqual(['E_UNKNOWN_RUN']);
    for (const query of [retry, cancel, publish]) {
      expect(codes(await world.ask(query, { runIds: [1] }))).toEqual(['E_KEY_NEEDED']);
    }
    expect(await world.log.lastPosition()).toBe(before);
    expect((await world.ask(retry, { runIds: [1] }, BOB)).errors).toBeUndefined();
    expect((await world.enqueued()).at(-1)).toMatchObject({ requestor: 'bob', origin: { kind: 'retry', of: 1 } });
  });

  it('is all the operator’s to cancel and publish', async () => {
    const world = await withRuns();
    expect((await world.ask(cancel, { runIds: [3, 4] }, OPERATOR_KEY)).errors).toBeUndefined();
    expect((await world.ask(publish, { runIds: [2] }, OPERATOR_KEY)).errors).toBeUndefined();
    expect(codes(await world.ask(cancel, { runIds: [99] }, OPERATOR_KEY))).toEqual(['E_UNKNOWN_RUN']);
  });

  it('is not retried once the reject list names it, not even in part', async () => {
    const world = await withRuns();
    await world.happen(...finishedRun({ runId: 10, package: 'dpkg', requestor: 'alice' }));
    world.rejected.push({ package: 'dpkg', suite: '*', arch: '*', version: '*', reason: null });
    expect(codes(await world.ask(retry, { runIds: [1, 10] }, ALICE))).toEqual(['E_REJECTED']);
    expect(await world.enqueued()).toHaveLength(5);
  });
});
