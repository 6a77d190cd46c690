/**
 * What the work gives; null as soon as the signal aborts: who is to stop waits for no broker. What the work gives after
 * that is handed to `late`; its failure is then of no interest.
 */
export async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  late: (result: Result) => void,
): Promise<Result | null> {
  const ended = new AbortController();
  const aborted = new Promise<null>((resolve) => {
    const onAbort = (): void => {
      resolve(null);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { signal: ended.signal });
  });
  try {
    const first = await Promise.race([work.then((result) => ({ result })), aborted]);
    if (first !== null) return first.result;
    work.then(late, () => undefined);
    return null;
  } finally {
    ended.abort();
  }
}
