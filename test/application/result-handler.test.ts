import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readStoredLog } from '../../src/adapters/files/stored-log.js';
import { visitDeadLetters, type DeadLetter } from '../../src/application/dead-letter-box.js';
import { ATTEMPT_HEADER, RUN_ID_HEADER, SHA256_HEADER, WORKER_HEADER } from '../../src/application/messages/headers.js';
import { PART_BYTES, resultMessages, type ResultMessage } from '../../src/application/messages/parts.js';
import { RESULTS_SUBJECT } from '../../src/application/messages/subjects.js';
import type { TestRequest } from '../../src/domain/ports/testbed.js';
import { utf8 } from '../support/messages.js';
import { resultTarball } from '../support/results.js';
import { World } from '../support/world.js';
import { TIMEOUT_MS, WorldUsers } from '../support/world-users.js';

describe('the results that a collector takes over a bus that keeps', () => {
  let world: World;
  let users: WorldUsers;
  beforeEach(async () => {
    world = new World({ keeps: true });
    users = new WorldUsers(world);
    await world.start();
  });
  afterEach(() => world.dispose());

  /** A result whose log does not get much smaller by being packed: some parts. */
  const largeResult = async (job: TestRequest, worker: string): Promise<ResultMessage[]> => {
    const log = randomBytes(7 * 1024 * 1024).toString('base64');
    const body = await resultTarball(job, { worker, log: `${worker}\n${log}` });
    const headers = { [RUN_ID_HEADER]: `${job.runId}`, [ATTEMPT_HEADER]: '1', [WORKER_HEADER]: worker };
    return [...resultMessages({ name: `${job.runId}-1`, body, headers })];
  };
  /** Resolves when the collector has taken it. */
  const send = async ({ body, headers }: ResultMessage): Promise<void> => {
    await world.bus.request(RESULTS_SUBJECT, body, { timeoutMs: TIMEOUT_MS, headers });
  };
  const queue = ({ body, headers, messageId }: ResultMessage): Promise<void> =>
    world.bus.publish(RESULTS_SUBJECT, body, { headers, messageId, routed: true });
  const logBegin = async (job: TestRequest): Promise<string> => {
    for await (const chunk of readStoredLog(world.dataDir, job)!) return Buffer.from(chunk).toString().split('\n')[0]!;
    return '';
  };
  /** Those that there are, once there are any. */
  const deadLetters = (): Promise<DeadLetter[]> =>
    vi.waitFor(async () => {
      const letters: DeadLetter[] = [];
      await visitDeadLetters(world.bus, (letter) => {
        letters.push(letter);
        return 'keep';
      });
      expect(letters).not.toEqual([]);
      return letters;
    }, TIMEOUT_MS);
  const partsOnDisk = (): string[] => readdirSync(join(world.stateDir, 'parts'));

  it('may come in parts, in any order and twice, with a restart in between', async () => {
    await users.ask('hello');
    const { job } = await users.start('one');
    const parts = await largeResult(job, 'one');
    expect(parts.length).toBeGreaterThanOrEqual(2);
    await send(parts.at(-1)!);
    await send(parts.at(-1)!);
    await world.stop();
    await world.start();
    expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted']);
    for (const part of parts.slice(0, -1)) await send(part);
    expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    expect(await logBegin(job)).toBe('one');
    expect(partsOnDisk()).toEqual([]);
    // Its acknowledgement got lost with the collector.
    await send(parts[0]!);
    expect(partsOnDisk()).toEqual([]);
  });

  it('in parts from two workers at once are kept apart: one counts, the other is recorded', async () => {
    await users.ask('hello');
    const { job } = await users.start('one');
    const [mine, theirs] = [await largeResult(job, 'one'), await largeResult(job, 'two')];
    for (const [n, part] of mine.entries()) {
      await send(part);
      await send(theirs[n]!);
    }
    expect((await world.types(1)).slice(2)).toEqual(['TestFinished', 'TestResultIgnored']);
    expect(await logBegin(job)).toBe('one');
  });

  it('that do not make up what they name go to the dead letters, and do not stop the next', async () => {
    await users.ask('hello');
    const { job, attempt } = await users.start('one');
    const [first, ...others] = await largeResult(job, 'one');
    const broken = { ...first!, body: Buffer.alloc(PART_BYTES) };
    await queue(broken);
    for (const part of others) await queue(part);
    await users.deliver(job, 'two', attempt);
    const [letter] = await deadLetters();
    expect(letter).toMatchObject({ queue: 'debci_results', reason: expect.stringContaining('make up') as string });
    expect(letter!.headers[SHA256_HEADER]).toBe(first!.headers[SHA256_HEADER]);
    expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    expect(partsOnDisk()).toEqual([]);
  });

  it('count in the order in which they came, also where the first takes longer to unpack', async () => {
    await users.ask('hello');
    const { job } = await users.start('one');
    await world.stop();
    const large = await resultTarball(job, { worker: 'first', log: 'x'.repeat(5_000_000) });
    const small = await resultTarball(job, { worker: 'second', log: 'second' });
    for (const body of [large, small]) {
      await queue({ body, headers: { [ATTEMPT_HEADER]: '1' }, messageId: 'm' });
    }
    await world.start();
    await world.event('TestResultIgnored');
    const { data } = await world.event('TestFinished');
    expect(data.worker).toBe('first');
  });

  it.each([
    ['no tarball', {}],
    ['no attempt', { [ATTEMPT_HEADER]: 'first' }],
    ['no part', { 'debci-part': '9' }],
  ])('that are %s go to the dead letters', async (_, headers) => {
    await queue({ body: utf8('noise'), headers, messageId: 'm' });
    await users.ask('hello');
    const { job, attempt } = await users.start('one');
    await users.deliver(job, 'one', attempt);
    expect(await deadLetters()).toMatchObject([{ queue: 'debci_results', bytes: 5, headers }]);
  });
});
