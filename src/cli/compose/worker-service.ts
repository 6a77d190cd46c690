import { FileResultPacker } from '../../adapters/files/result-packer.js';
import { FileSpool } from '../../adapters/files/spool.js';
import { DeadLetters } from '../../application/dead-letters.js';
import { resultsQueue } from '../../application/messages/subjects.js';
import { runBeneath } from '../../application/run-together.js';
import { SpoolSender } from '../../application/spool-sender.js';
import { Worker, type WorkerSignals } from '../../application/worker.js';
import type { MessageBus } from '../../domain/ports/message-bus.js';
import type { Testbed } from '../../domain/ports/testbed.js';
import type { Instance } from './instance.js';
import { testbedFor } from './testbeds.js';

export interface WorkerOptions {
  readonly jobs: number;
  readonly timeoutMs: number;
}

/** Builds what is missing, so that a new worker needs no other command. */
async function readyTestbeds(instance: Instance, signal: AbortSignal): Promise<ReadonlyMap<string, Testbed>> {
  const { config, logger } = instance;
  const testbeds = new Map(config.backend_list.map((backend) => [backend, testbedFor(backend, instance)]));
  for (const testbed of testbeds.values()) {
    for (const suite of config.suite_list) {
      const target = { suite, arch: config.arch };
      const what = { backend: testbed.backend, ...target };
      if (await testbed.ready(target)) continue;
      logger.info(what, 'building the testbed first; this takes some minutes');
      const onLine = (line: string): void => {
        logger.debug(what, line);
      };
      logger.info(what, `testbed ${await testbed.setup(target, { force: false, signal, onLine })}`);
    }
  }
  return testbeds;
}

/** So many signs of life may get lost before a test is given up. */
const SIGNS_A_LEASE = 10;

/** A worker with its spool. Runs until told to stop; results that the broker does not take wait for the next start. */
export async function runWorker(
  instance: Instance,
  bus: MessageBus,
  { jobs, timeoutMs }: WorkerOptions,
  { stop, kill }: WorkerSignals,
): Promise<void> {
  const { config, paths, logger, clock, host } = instance;
  const spool = await FileSpool.open({ folder: paths.spool, clock, logger });
  const sender = new SpoolSender(bus, spool, resultsQueue(config.amqp_results_queue), logger);
  const packer = new FileResultPacker(paths.workspaces);
  await packer.removeLeftovers();
  const working = {
    run: async (signal: AbortSignal): Promise<void> => {
      const testbeds = await readyTestbeds(instance, AbortSignal.any([signal, kill]));
      const deadLetters = new DeadLetters(bus, clock, logger);
      const parts = { bus, testbeds, packer, spool, sender, deadLetters, logger };
      const aliveEveryMs = (config.lease_seconds * 1000) / SIGNS_A_LEASE;
      const worker = new Worker(parts, { name: host, arch: config.arch, jobs, timeoutMs, aliveEveryMs });
      logger.info({ arch: config.arch, backends: config.backend_list, jobs }, 'worker ready');
      await worker.run({ stop: signal, kill });
    },
  };
  await runBeneath(sender, working, stop);
}
