/** What a run of the fake backend is told to do. */
export interface FakeOrders {
  /** autopkgtest's, see its exit codes; 0 where nothing is said. */
  readonly exitCode: number;
  /** How long it really takes. */
  readonly durationMs: number;
  /** The log is filled up to that. */
  readonly logBytes: number;
  /** Test artifacts of that size in all. They do not compress. */
  readonly artifactsBytes: number;
}

/** Up to 999,999,999. */
const NUMBER = /^\d{1,9}(\.\d{1,3})?$/;

/**
 * Reads the orders that stand in a trigger, anywhere in its text: `fake:exit=4`, `fake:duration=2.5` (seconds),
 * `fake:log-bytes=1000000`, `fake:artifacts-bytes=5000000`. What is no order is text, as in every trigger.
 */
export function fakeOrders(trigger: string | null): FakeOrders {
  const words = (trigger ?? '').split(/\s+/);
  const order = (name: string): number => {
    const value = words.find((word) => word.startsWith(`fake:${name}=`))?.split('=')[1] ?? '';
    return NUMBER.test(value) ? Number(value) : 0;
  };
  return {
    exitCode: Math.trunc(order('exit')) % 256,
    durationMs: order('duration') * 1000,
    logBytes: Math.trunc(order('log-bytes')),
    artifactsBytes: Math.trunc(order('artifacts-bytes')),
  };
}
