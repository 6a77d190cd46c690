import { setTimeout as delay } from 'node:timers/promises';

import type {
  RunOptions,
  Testbed,
  TestbedState,
  TestbedTarget,
  TestExit,
  TestRequest,
} from '../../domain/ports/testbed.js';
import { fakeOrders } from './fake-orders.js';
import { writeFakeEnd, writeFakeStart } from './fake-output.js';
import { checkRequest, checkTarget } from './request-rules.js';

/** setTimeout takes no more; it is 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs nothing, and leaves what autopkgtest would: for tests of all that comes before and after a test.
 * Every run passes at once, unless its trigger orders otherwise (fake-orders.ts). The same request always gives the
 * same result and, but for the times in the log, the same files.
 */
export class FakeTestbed implements Testbed {
  readonly backend = 'fake';

  ready(target: TestbedTarget): Promise<boolean> {
    checkTarget(target);
    return Promise.resolve(true);
  }

  state(target: TestbedTarget): Promise<TestbedState> {
    checkTarget(target);
    return Promise.resolve({ problem: null, builtAt: null, fresh: true });
  }

  setup(target: TestbedTarget): Promise<'not needed'> {
    checkTarget(target);
    return Promise.resolve('not needed');
  }

  async run(request: TestRequest, options: RunOptions): Promise<TestExit> {
    checkRequest(request);
    const startedAt = new Date();
    const orders = fakeOrders(request.trigger);
    await writeFakeStart(request, options.outputDir, startedAt);
    const ended = await wait(orders.durationMs, options);
    const finishedAt = new Date();
    if (ended !== 'by itself') return { exitCode: null, ended, startedAt, finishedAt };
    await writeFakeEnd(request, orders, options.outputDir, startedAt, finishedAt);
    return { exitCode: orders.exitCode, ended, startedAt, finishedAt };
  }
}

async function wait(durationMs: number, { timeoutMs, signal }: RunOptions): Promise<TestExit['ended']> {
  const ended: TestExit['ended'] = durationMs > timeoutMs ? 'timed out' : 'by itself';
  const ms = Math.min(durationMs, timeoutMs, LONGEST_TIMER_MS);
  return await delay(ms, ended, { signal }).catch(() => 'stopped' as const);
}
