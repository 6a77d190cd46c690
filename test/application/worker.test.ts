import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileResultPacker } from '../../src/adapters/files/result-packer.js';
import { FileSpool } from '../../src/adapters/files/spool.js';
import { createTestbed } from '../../src/adapters/autopkgtest/create-testbed.js';
import { ATTEMPT_HEADER } from '../../src/application/messages/headers.js';
import { formatDispatch } from '../../src/application/messages/dispatch.js';
import {
  encodeAnswer,
  encodeAttempt,
  UNWANTED_SUBJECT,
  WANTED_SUBJECT,
} from '../../src/application/messages/control.js';
import { decodeProgress, type ProgressMessage } from '../../src/application/messages/progress.js';
import { PROGRESS_QUEUE, testsQueue, testsSubject } from '../../src/application/messages/subjects.js';
import { runBeneath } from '../../src/application/run-together.js';
import { SpoolSender } from '../../src/application/spool-sender.js';
import { Worker } from '../../src/application/worker.js';
import { MemoryBroker } from '../../src/adapters/memory/broker.js';
import { MemoryBus } from '../../src/adapters/memory/bus.js';
import type { Consumer, Delivery } from '../../src/domain/ports/message-bus.js';
import { next, utf8 } from '../conformance/message-bus.js';
import { temporaryFolder } from '../support/folder.js';
import { silentLogger as logger } from '../support/loggers.js';
import { testRequest } from '../support/test-requests.js';
import { RESULTS } from '../support/world.js';

const BACKENDS = ['fake', 'other'];

describe('a worker', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let bus: MemoryBus;
  let workerBus: MemoryBus;
  let progress: Consumer;
  let results: Consumer;
  let stop: AbortController;
  let kill: AbortController;
  let ended: Promise<void>;

  beforeEach(() => {
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

  const run = async (jobs: number): Promise<void> => {
    progress = await bus.consume(PROGRESS_QUEUE, { maxInFlight: 100 });
    results = await bus.consume(RESULTS, { maxInFlight: 100 });
    const spool = await FileSpool.open({ folder: `${folder.path}/spool`, clock: { now: () => new Date() }, logger });
    const sender = new SpoolSender(workerBus, spool, RESULTS, logger);
    const fake = createTestbed('fake', { stateDir: folder.path, autopkgtestArgs: [] });
    const testbeds = new Map(BACKENDS.map((backend) => [backend, fake]));
    const packer = new FileResultPacker(`${folder.path}/work`);
    const parts = { bus: workerBus, testbeds, packer, spool, sender, logger };
    const worker = new Worker(parts, { name: 'w', arch: 'amd64', jobs, timeoutMs: 60_000 });
    const working = { run: (stopped: AbortSignal) => worker.run({ stop: stopped, kill: kill.signal }) };
    ended = runBeneath(sender, working, stop.signal);
    await Promise.resolve();
  };
  const dispatch = async (runId: number, trigger: string, options: { backend?: string; debian?: boolean } = {}) => {
    const { backend = 'fake', debian = false } = options;
    await bus.ensureQueue(testsQueue('amd64', backend));
    const line = formatDispatch(testRequest({ runId, trigger, backend: 'fake' }));
    const headers = debian ? {} : { [ATTEMPT_HEADER]: '1' };
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

  it('stops a run that the collector calls off, and begins none that it no longer wants', async () => {
    const questions = await bus.subscribe(WANTED_SUBJECT);
    await run(1);
    await dispatch(1, 'fake:duration=60');
    await (await next(questions)).respond(encodeAnswer(true));
    expect(await said()).toMatchObject({ type: 'started', runId: 1 });
    await bus.publish(UNWANTED_SUBJECT, utf8('nonsense'));
    await bus.publish(UNWANTED_SUBJECT, encodeAttempt(1, null));
    expect(await said()).toMatchObject({ type: 'released', runId: 1 });
    await dispatch(2, 'fake:exit=0');
    await (await next(questions)).respond(encodeAnswer(false));
    await dispatch(3, 'fake:exit=0');
    await (await next(questions)).respond(encodeAnswer(true));
    expect(await said()).toMatchObject({ type: 'started', runId: 3 });
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

  it('drops what is no job, and goes on', async () => {
    await run(1);
    await bus.ensureQueue(testsQueue('amd64', 'fake'));
    await bus.publish(testsSubject('amd64', 'fake'), utf8('no job at all'), { routed: true });
    await dispatch(2, 'fake:exit=4');
    expect((await said()).runId).toBe(2);
    await result();
  });

  const workspaces = (): string[] => (existsSync(`${folder.path}/work`) ? readdirSync(`${folder.path}/work`) : []);
});
