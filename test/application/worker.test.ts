import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileResultPacker } from '../../src/adapters/files/result-packer.js';
import { FileSpool } from '../../src/adapters/files/spool.js';
import { createTestbed } from '../../src/adapters/autopkgtest/create-testbed.js';
import { visitDeadLetters, type DeadLetter } from '../../src/application/dead-letter-box.js';
import { DeadLetters } from '../../src/application/dead-letters.js';
import {
  decodeAttempt,
  encodeAnswer,
  encodeAttempt,
  UNWANTED_SUBJECT,
  WANTED_SUBJECT,
  type AttemptKey,
} from '../../src/application/messages/control.js';
import { ATTEMPT_HEADER } from '../../src/application/messages/headers.js';
import { formatDispatch } from '../../src/application/messages/dispatch.js';
import { decodeProgress, type ProgressMessage } from '../../src/application/messages/progress.js';
import { PROGRESS_QUEUE, testsQueue, testsSubject } from '../../src/application/messages/subjects.js';
import { runBeneath } from '../../src/application/run-together.js';
import { SpoolSender } from '../../src/application/spool-sender.js';
import { Worker } from '../../src/application/worker.js';
import { MemoryBroker } from '../../src/adapters/memory/broker.js';
import { MemoryBus } from '../../src/adapters/memory/bus.js';
import type { Consumer, Delivery } from '../../src/domain/ports/message-bus.js';
import type { Testbed } from '../../src/domain/ports/testbed.js';
import { next, utf8 } from '../support/messages.js';
import { temporaryFolder } from '../support/folder.js';
import { silentLogger as logger } from '../support/loggers.js';
import { smallDisk } from '../support/small-disk.js';
import { testRequest } from '../support/test-requests.js';
import { RESULTS } from '../support/world.js';

const PATIENCE_MS = 30_000;
/** Testbeds by backend, in the order in which the worker was told of them. */
const BACKENDS = ['fake', 'other', 'lxc'];

describe('a worker', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let bus: MemoryBus;
  let workerBus: MemoryBus;
  let progress: Consumer;
  let results: Consumer;
  let stop: AbortController;
  let kill: AbortController;
  let ended: Promise<void>;
  /** Backends whose testbeds ran tests. */
  const used: string[] = [];

  beforeEach(() => {
    used.length = 0;
    folder = temporaryFolder();
    const broker = new MemoryBroker();
    bus = new MemoryBus(broker);
    workerBus = new MemoryBus(broker);
    stop = new AbortController();
    kill = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    kill.abort();
    await ended;
    await bus.close();
    await workerBus.close();
    folder.remove();
  });

  const run = async (
    jobs: number,
    { spoolFolder = `${folder.path}/spool`, ...settings }: { spoolFolder?: string; aliveEveryMs?: number } = {},
  ): Promise<void> => {
    progress = await bus.consume(PROGRESS_QUEUE, { maxInFlight: 100 });
    results = await bus.consume(RESULTS, { maxInFlight: 100 });
    const spool = await FileSpool.open({ folder: spoolFolder, clock: { now: () => new Date() }, logger });
    const sender = new SpoolSender(workerBus, spool, RESULTS, logger);
    const fake = createTestbed('fake', { stateDir: folder.path, autopkgtestArgs: [] });
    const noting = (backend: string): Testbed => ({
      backend,
      ready: (target) => fake.ready(target),
      state: (target) => fake.state(target),
      setup: (target, options) => fake.setup(target, options),
      run: (request, options) => {
        used.push(backend);
        return fake.run(request, options);
      },
    });
    const testbeds = new Map(BACKENDS.map((backend) => [backend, noting(backend)]));
    const packer = new FileResultPacker(`${folder.path}/work`);
    const deadLetters = new DeadLetters(workerBus, { now: () => new Date() }, logger);
    const parts = { bus: workerBus, testbeds, packer, spool, sender, deadLetters, logger };
    const worker = new Worker(parts, {
      name: 'w',
      arch: 'amd64',
      jobs,
      timeoutMs: 60_000,
      aliveEveryMs: 30_000,
      ...settings,
    });
    const working = { run: (stopped: AbortSignal) => worker.run({ stop: stopped, kill: kill.signal }) };
    ended = runBeneath(sender, working, stop.signal);
    await Promise.resolve();
  };
  const dispatch = async (
    runId: number,
    trigger: string,
    options: { backend?: string; debian?: boolean; attempt?: number } = {},
  ) => {
    const { backend = 'fake', debian = false, attempt = 1 } = options;
    await bus.ensureQueue(testsQueue('amd64', backend));
    const line = formatDispatch(testRequest({ runId, trigger, backend }));
    const headers = debian ? {} : { [ATTEMPT_HEADER]: String(attempt) };
    await bus.publish(testsSubject('amd64', backend), utf8(line), { headers, routed: true });
  };
  const said = async (): Promise<ProgressMessage> => {
    const delivery = await next(progress);
    delivery.ack();
    return decodeProgress(delivery.body);
  };
  const result = async (): Promise<Delivery> => {
    const delivery = await next(results);
    await delivery.respond(utf8(''));
    delivery.ack();
    return delivery;
  };

  it('says that it starts, runs the test, and sends the result with its attempt', async () => {
    await run(1);
    await dispatch(1, 'fake:exit=0');
    expect(await said()).toEqual({ type: 'started', runId: 1, attempt: 1, worker: 'w' });
    expect((await result()).headers).toMatchObject({ [ATTEMPT_HEADER]: '1' });
  });

  it('takes jobs of the backends that share a queue with one of its own, and runs them in that testbed', async () => {
    await run(1);
    for (const [index, backend] of ['incus-lxc', 'lxd-lxc', 'lxc', 'other'].entries()) {
      await dispatch(index + 1, 'fake:exit=0', { backend });
      await said();
      await result();
    }
    expect(used).toEqual(['lxc', 'lxc', 'lxc', 'other']);
  });

  it('runs as many at once as it has slots, over all its backends, and leaves the rest in the queue', async () => {
    await run(2);
    await dispatch(1, 'fake:duration=60');
    await dispatch(2, 'fake:duration=60', { backend: 'other' });
    expect([(await said()).runId, (await said()).runId].sort()).toEqual([1, 2]);
    await dispatch(3, 'fake:duration=60');
    const other = await bus.consume(testsQueue('amd64', 'fake'), { maxInFlight: 1 });
    const left = await next(other);
    expect(Buffer.from(left.body).toString()).toContain('run-id:3');
    left.ack();
  });

  it('finishes the test that runs when it is stopped, and sends its result', async () => {
    await run(1);
    await dispatch(1, 'fake:duration=0.3');
    await said();
    stop.abort();
    await result();
    await ended;
  });

  it('gives the job back when it is killed', async () => {
    await run(1);
    await dispatch(1, 'fake:duration=60');
    await said();
    stop.abort();
    kill.abort();
    expect(await said()).toMatchObject({ type: 'released', runId: 1, attempt: 1 });
    await ended;
  });

  it('acknowledges a job of Debian’s collector after the test only, and says nothing of it', async () => {
    await run(1);
    await dispatch(1, 'fake:duration=60', { debian: true });
    await vi.waitFor(() => {
      expect(workspaces()).toHaveLength(1);
    });
    stop.abort();
    kill.abort();
    await ended;
    await workerBus.close();
    const other = await bus.consume(testsQueue('amd64', 'fake'), { maxInFlight: 1 });
    const again = await next(other);
    expect(again.redelivered).toBe(true);
    again.ack();
  });

  it('puts what is no job among the dead letters, and goes on', async () => {
    await run(1);
    await bus.ensureQueue(testsQueue('amd64', 'other'));
    await bus.publish(testsSubject('amd64', 'other'), utf8('no job at all'), { routed: true });
    await dispatch(2, 'fake:exit=4');
    expect((await said()).runId).toBe(2);
    await result();
    // It may have come second to the good one, and be taken after it.
    await vi.waitFor(async () => {
      const letters: DeadLetter[] = [];
      await visitDeadLetters(bus, (letter) => (letters.push(letter), 'keep'));
      expect(letters).toMatchObject([{ queue: 'debci-tests-amd64-other', bytes: 13 }]);
    }, PATIENCE_MS);
  });

  describe('whose job is no longer wanted', () => {
    /** Answers the worker's questions; null: not at all. */
    let answers: (question: AttemptKey) => boolean | null;
    const asked: AttemptKey[] = [];
    beforeEach(async () => {
      answers = () => true;
      asked.length = 0;
      const questions = await bus.subscribe(WANTED_SUBJECT);
      void (async () => {
        for await (const question of questions) {
          const key = decodeAttempt(question.body);
          asked.push(key);
          const answer = answers(key);
          if (answer !== null) await question.respond(encodeAnswer(answer));
        }
      })();
    });

    it('does not begin it', async () => {
      answers = ({ runId }) => runId !== 1;
      await run(1);
      await dispatch(1, 'fake:duration=60');
      await dispatch(2, 'fake:exit=0');
      expect(await said()).toMatchObject({ type: 'started', runId: 2 });
      await result();
      expect(asked).toMatchObject([
        { runId: 1, attempt: 1, worker: 'w' },
        { runId: 2, attempt: 1, worker: 'w' },
      ]);
    });

    it('stops it when it is told so, and takes the next', async () => {
      await run(1);
      await dispatch(1, 'fake:duration=60');
      await said();
      await bus.publish(UNWANTED_SUBJECT, utf8('nonsense'));
      await bus.publish(UNWANTED_SUBJECT, encodeAttempt({ runId: 99 }));
      await bus.publish(UNWANTED_SUBJECT, encodeAttempt({ runId: 1 }));
      expect(await said()).toMatchObject({ type: 'released', runId: 1, attempt: 1 });
      await dispatch(2, 'fake:exit=0');
      expect(await said()).toMatchObject({ type: 'started', runId: 2 });
      await result();
    });

    it('stops it also when it was told so between its question and its start', async () => {
      answers = () => {
        void bus.publish(UNWANTED_SUBJECT, encodeAttempt({ runId: 1 }));
        return true;
      };
      await run(1);
      await dispatch(1, 'fake:duration=60');
      expect(await said()).toMatchObject({ type: 'started', runId: 1 });
      expect(await said()).toMatchObject({ type: 'released', runId: 1 });
    });

    it('stops it when it did not hear, but asks with a sign of life', async () => {
      answers = ({ attempt }) => attempt !== null;
      await run(1, { aliveEveryMs: 20 });
      await dispatch(1, 'fake:duration=60');
      expect(await said()).toMatchObject({ type: 'started' });
      expect(await said()).toMatchObject({ type: 'alive', runId: 1, attempt: 1, worker: 'w' });
      await vi.waitFor(async () => {
        expect((await said()).type).toBe('released');
      });
    });
  });

  describe('that gets a job a second time', () => {
    it('drops it while it runs it', async () => {
      await run(2);
      await dispatch(1, 'fake:duration=60');
      await said();
      await dispatch(1, 'fake:duration=60');
      await dispatch(2, 'fake:exit=0');
      expect(await said()).toMatchObject({ type: 'started', runId: 2 });
      await result();
      await vi.waitFor(() => {
        expect(workspaces()).toHaveLength(1);
      });
    });

    it('leaves the next attempt, for it was thought lost, to another worker', async () => {
      await run(2);
      await dispatch(1, 'fake:duration=60');
      await said();
      await dispatch(1, 'fake:duration=60', { attempt: 2 });
      await dispatch(2, 'fake:exit=0');
      expect(await said()).toMatchObject({ type: 'started', runId: 2 });
      await result();
      stop.abort();
      kill.abort();
      await ended;
      await workerBus.close();
      const other = await bus.consume(testsQueue('amd64', 'fake'), { maxInFlight: 1 });
      const again = await next(other);
      expect(again.headers[ATTEMPT_HEADER]).toBe('2');
    });
  });

  it('whose disk is full gives the test back with the reason, sends nothing, and takes no other job for a while', async ({
    skip,
  }) => {
    const disk = await smallDisk(512);
    if (disk === null) return skip('this process may not mount a disk');
    await run(1, { spoolFolder: `${disk}/spool` });
    await dispatch(1, 'fake:artifacts-bytes=2000000');
    expect(await said()).toMatchObject({ type: 'started', runId: 1 });
    const released = await said();
    expect(released).toMatchObject({ type: 'released', runId: 1, attempt: 1 });
    expect((released as { reason: string }).reason).toContain('ENOSPC');
    expect(readdirSync(`${disk}/spool`)).toEqual([]);
    await dispatch(2, 'fake:exit=0');
    const other = await bus.consume(testsQueue('amd64', 'fake'), { maxInFlight: 1 });
    const left = await next(other);
    expect(Buffer.from(left.body).toString()).toContain('run-id:2');
    left.ack();
  });

  const workspaces = (): string[] => (existsSync(`${folder.path}/work`) ? readdirSync(`${folder.path}/work`) : []);
});
