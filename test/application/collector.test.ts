import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readStoredLog } from '../../src/adapters/files/stored-log.js';
import { checked } from '../../src/application/input/checked.js';
import { RetryRequest, RunsRequest } from '../../src/application/input/run-requests.js';
import { LEASE_MS } from '../../src/application/leases.js';
import {
  decodeAnswer,
  decodeAttempt,
  encodeAttempt,
  UNWANTED_SUBJECT,
  WANTED_SUBJECT,
} from '../../src/application/messages/control.js';
import { encodeProgress } from '../../src/application/messages/progress.js';
import { PROGRESS_SUBJECT, RESULTS_SUBJECT } from '../../src/application/messages/subjects.js';
import { submit } from '../../src/application/submit.js';
import { runFolder } from '../../src/domain/job.js';
import type { TestRequest } from '../../src/domain/ports/testbed.js';
import { next, utf8 } from '../support/messages.js';
import { World } from '../support/world.js';
import { enqueueRequest, TIMEOUT_MS, WorldUsers, type Taken } from '../support/world-users.js';

function cancelling(...runIds: number[]): RunsRequest {
  return checked(RunsRequest, { type: 'cancel', by: 'alice', reason: 'a mistake', runIds });
}

describe('the collector', () => {
  let world: World;
  let users: WorldUsers;
  beforeEach(async () => {
    world = new World();
    users = new WorldUsers(world);
    await world.start();
  });
  afterEach(() => world.dispose());

  const send = (body: Uint8Array, messageId: string): Promise<Uint8Array> => users.send(body, messageId);
  const ask = (...packages: string[]): ReturnType<WorldUsers['ask']> => users.ask(...packages);
  const takeJob = (): Promise<Taken> => users.takeJob();
  const start = (worker: string): ReturnType<WorldUsers['start']> => users.start(worker);
  const deliver: WorldUsers['deliver'] = (...given) => users.deliver(...given);
  const storedLog = async (job: TestRequest): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readStoredLog(world.dataDir, job)!) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };

  describe('asked to enqueue', () => {
    it('gives out run ids from 1 on, writes the jobs down, and sends them to the workers', async () => {
      expect((await ask('hello', 'dpkg')).map(({ runId }) => runId)).toEqual([1, 2]);
      expect((await ask('apt')).map(({ runId }) => runId)).toEqual([3]);
      expect(await world.types(3)).toEqual(['TestEnqueued']);
      const { job, attempt } = await takeJob();
      expect(job).toMatchObject({ runId: 1, package: 'hello', suite: 'unstable', arch: 'amd64', backend: 'fake' });
      expect(attempt).toBe(1);
    });

    it('answers a request that comes twice with the same runs, also after a restart', async () => {
      const body = utf8(JSON.stringify(enqueueRequest('hello', 'dpkg')));
      const first = await send(body, 'request-1');
      await world.event('TestEnqueued', ({ data }) => data.runId === 2);
      await world.stop();
      await world.start();
      expect(Buffer.from(await send(body, 'request-1')).toString()).toBe(Buffer.from(first).toString());
      expect((await ask('apt')).map(({ runId }) => runId)).toEqual([3]);
    });

    it.each([
      '',
      'x',
      'null',
      '[]',
      '{}',
      '{"type":"enqueue"}',
      '{"type":"constructor"}',
      '{"type":"enqueue","jobs":[]}',
    ])('refuses %j, saying why, and enqueues nothing', async (text) => {
      const reply = JSON.parse(Buffer.from(await send(utf8(text), 'm')).toString()) as Record<string, unknown>;
      expect(reply).toMatchObject({ ok: false, code: 'E_INVALID_INPUT', exitCode: 2 });
      expect(await world.log.lastPosition()).toBeNull();
    });

    it('enqueues all or none: one bad job refuses the request', async () => {
      const body = enqueueRequest('hello', 'dpkg');
      body.jobs[1]!.package = 'Bad';
      const reply = JSON.parse(Buffer.from(await send(utf8(JSON.stringify(body)), 'm')).toString()) as object;
      expect(reply).toMatchObject({ ok: false, message: expect.stringContaining('jobs[1].package') as string });
      expect(await world.log.lastPosition()).toBeNull();
    });
  });

  describe('asked to retry, cancel or publish', () => {
    it('enqueues the same job again, which names the one that it repeats', async () => {
      await ask('hello');
      const [again] = await submit<'retry'>(
        { send },
        checked(RetryRequest, { type: 'retry', requestor: 'bob', runIds: [1] }),
      );
      expect(again).toMatchObject({ runId: 2, package: 'hello' });
      const { data } = await world.event('TestEnqueued', ({ data: job }) => job.runId === 2);
      expect(data).toMatchObject({ requestor: 'bob', origin: { kind: 'retry', of: 1 } });
    });

    it('cancels what has not ended, once', async () => {
      await ask('hello');
      const cancel = cancelling(1);
      expect(await submit<'cancel'>({ send }, cancel)).toEqual([{ runId: 1, changed: true }]);
      expect(await submit<'cancel'>({ send }, cancel)).toEqual([{ runId: 1, changed: false }]);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestCancelled']);
    });

    it('does nothing at all where one of the runs is not known', async () => {
      await ask('hello');
      const cancel = cancelling(1, 99);
      await expect(submit<'cancel'>({ send }, cancel)).rejects.toMatchObject({ code: 'E_UNKNOWN_RUN', exitCode: 2 });
      expect(await world.types(1)).toEqual(['TestEnqueued']);
    });
  });

  describe('asked by a worker whether a job is still wanted', () => {
    const wanted = async (runId: number, attempt: number | null, worker: string | null = null): Promise<boolean> => {
      const question = encodeAttempt({ runId, attempt, worker });
      const answer = await world.bus.request(WANTED_SUBJECT, question, { timeoutMs: TIMEOUT_MS });
      return decodeAnswer(answer.body);
    };

    it('says yes to the attempt that is due, and no to all else; tells everybody when it is cancelled', async () => {
      await ask('hello');
      expect(await wanted(1, 1)).toBe(true);
      expect(await wanted(1, 2)).toBe(false);
      expect(await wanted(9, 1)).toBe(false);
      const calledOff = await world.bus.subscribe(UNWANTED_SUBJECT);
      await submit<'cancel'>({ send }, cancelling(1));
      expect(decodeAttempt((await next(calledOff)).body).runId).toBe(1);
      expect(await wanted(1, 1)).toBe(false);
    });

    it('says no to a worker whose attempt another has begun, and yes to whoever runs it while it goes on', async () => {
      await ask('hello');
      await start('one');
      expect(await wanted(1, 1, 'one')).toBe(true);
      expect(await wanted(1, 1, 'two')).toBe(false);
      await world.expireLeases();
      expect(await wanted(1, 1, 'one')).toBe(false);
      expect(await wanted(1, 2, 'two')).toBe(true);
      // Which attempt does not matter to one who is at it: its result may be the first.
      expect(await wanted(1, null)).toBe(true);
    });

    it('survives nonsense', async () => {
      await ask('hello');
      await world.bus.publish(WANTED_SUBJECT, utf8('nonsense'));
      expect(await wanted(1, 1)).toBe(true);
    });
  });

  describe('given a result', () => {
    it('stores the files, writes the result down, and takes a repetition for what it is', async () => {
      await ask('hello');
      const { job, attempt } = await start('one');
      await deliver(job, 'one', attempt);
      await deliver(job, 'one', attempt);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
      expect(await storedLog(job)).toContain('one');
    });

    it('takes that of a worker that does not count attempts: Debian’s', async () => {
      await ask('hello');
      const { job, delivery } = await takeJob();
      await deliver(job, 'debian', null);
      delivery.ack();
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestFinished']);
    });

    it('of a run that is not known, or of another package, keeps it aside and goes on', async () => {
      await ask('hello');
      const { job, attempt } = await start('one');
      await deliver({ ...job, runId: 77 }, 'one', 1);
      await deliver({ ...job, package: 'dpkg' }, 'one', attempt);
      await world.bus.request(RESULTS_SUBJECT, utf8('not a tarball'), { timeoutMs: TIMEOUT_MS });
      expect(readdirSync(world.quarantineDir).filter((name) => name.endsWith('.reason'))).toHaveLength(3);
      await deliver(job, 'one', attempt);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    });

    it('of a run that was cancelled, records that it was ignored, and stores nothing', async () => {
      await ask('hello');
      const { job, attempt } = await start('one');
      await submit<'cancel'>({ send }, cancelling(1));
      await deliver(job, 'one', attempt);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestCancelled', 'TestResultIgnored']);
      expect(readStoredLog(world.dataDir, job)).toBeNull();
    });

    it('of a run that was cancelled, removes what a collector that died had stored already', async () => {
      await ask('hello');
      const { job, attempt } = await start('one');
      const folder = join(world.dataDir, runFolder(job));
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'log.gz'), gzipSync('from before the death'));
      await submit<'cancel'>({ send }, cancelling(1));
      await deliver(job, 'one', attempt);
      expect(readStoredLog(world.dataDir, job)).toBeNull();
    });
  });

  describe('that hears nothing from a worker', () => {
    it('sends the job again when the lease has run out; of two results one counts, with its files', async () => {
      await ask('hello');
      const first = await start('lost');
      await world.expireLeases();
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestAbandoned']);
      const second = await start('second');
      expect(second.attempt).toBe(2);
      await deliver(first.job, 'lost', first.attempt, 'from the lost one');
      await deliver(second.job, 'second', second.attempt, 'from the second');
      expect((await world.types(1)).slice(3)).toEqual(['TestStarted', 'TestFinished', 'TestResultIgnored']);
      expect(await storedLog(first.job)).toContain('from the lost one');
    });

    it('gives the job up after three lost workers, as tmpfail', async () => {
      await ask('hello');
      for (const worker of ['a', 'b', 'c']) {
        await start(worker);
        await world.expireLeases();
      }
      const { data } = await world.event('TestFinished');
      expect(data).toMatchObject({ status: 'tmpfail', message: expect.stringContaining('worker lost') as string });
    });

    it('leaves alone a worker that says alive', async () => {
      await ask('hello', 'dpkg');
      const { job, attempt } = await start('alive');
      await start('silent');
      world.clock.time += LEASE_MS / 2;
      const alive = encodeProgress({ type: 'alive', runId: job.runId, attempt, worker: 'alive' });
      await world.bus.publish(PROGRESS_SUBJECT, alive);
      // Progress is handled in order: when the next message has become an event, the one before counts.
      await ask('apt');
      await start('next');
      world.clock.time += LEASE_MS / 2;
      const { data } = await world.event('TestAbandoned');
      expect(data.worker).toBe('silent');
      await deliver(job, 'alive', attempt);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    });

    it('grants what it finds running at its start a whole new lease', async () => {
      await world.dispose();
      world = new World({ keeps: true });
      users = new WorldUsers(world);
      await world.start();
      await ask('hello');
      const { job, attempt } = await start('one');
      await world.stop();
      world.clock.time += 10 * LEASE_MS;
      await world.start();
      await deliver(job, 'one', attempt);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    });

    it('takes nobody for lost while its broker is gone, and grants whole new leases when it is back', async () => {
      await ask('hello');
      const { job, attempt } = await start('one');
      const gone = vi
        .spyOn(world.bus, 'status', 'get')
        .mockReturnValue({ kind: 'reconnecting', attempt: 1, reason: 'refused' });
      const looks = async (): Promise<void> => {
        const before = gone.mock.calls.length;
        await vi.waitFor(() => {
          expect(gone.mock.calls.length).toBeGreaterThan(before + 1);
        });
      };
      await looks();
      world.clock.time += 10 * LEASE_MS;
      await looks();
      gone.mockReturnValue({ kind: 'connected' });
      world.clock.time += LEASE_MS / 2;
      await looks();
      await deliver(job, 'one', attempt);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
    });

    it('gives up at its start what ran on a bus that forgets: its worker ended with the collector', async () => {
      await ask('hello');
      await start('one');
      await world.stop();
      world.forgetMessages();
      await world.start();
      const second = await start('two');
      expect(second.attempt).toBe(2);
      expect(await world.types(1)).toEqual(['TestEnqueued', 'TestStarted', 'TestAbandoned', 'TestStarted']);
    });

    it('sends the job again at once when the worker gives it back', async () => {
      await ask('hello');
      const { job, attempt } = await start('one');
      const released = { type: 'released', runId: job.runId, attempt, worker: 'one', reason: 'told to stop' } as const;
      await world.bus.publish(PROGRESS_SUBJECT, encodeProgress(released));
      expect((await start('two')).attempt).toBe(2);
    });

    it('drops progress that makes no sense', async () => {
      await world.bus.publish(PROGRESS_SUBJECT, utf8('nonsense'));
      await world.bus.publish(
        PROGRESS_SUBJECT,
        encodeProgress({ type: 'started', runId: 99, attempt: 1, worker: 'x' }),
      );
      await ask('hello');
      expect((await start('one')).attempt).toBe(1);
    });
  });

  it('sends every unfinished job again when it starts on a bus that forgets', async () => {
    await ask('hello', 'dpkg');
    const { job, attempt } = await start('one');
    await deliver(job, 'one', attempt);
    await world.stop();
    world.forgetMessages();
    await world.start();
    expect((await takeJob()).job.package).toBe('dpkg');
  });
});
