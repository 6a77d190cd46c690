import { InterruptedError } from './interrupted.js';
import { noProgress, startProgress } from './progress.js';

/** What long work tells, and by what it is broken off. */
export interface Watched {
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

export interface WatchOptions {
  /** What is done, as `Copying the log`. */
  readonly label: string;
  readonly silent: boolean;
  readonly signal: AbortSignal;
  /** If known. */
  readonly total?: number | undefined;
}

/** Does long work, showing on stderr how far it is and how fast it goes. @throws InterruptedError where the signal aborts */
export async function watch<Result>(
  { label, silent, signal, total }: WatchOptions,
  work: (watched: Watched) => Promise<Result>,
): Promise<Result> {
  const progress = silent ? noProgress : startProgress(label, process.stderr, { rate: true });
  const onProgress = (done: number): void => {
    progress.update(done, total);
  };
  try {
    return await work({ onProgress, signal });
  } catch (error) {
    throw signal.aborted ? new InterruptedError(`broken off: ${label}`) : error;
  } finally {
    progress.stop();
  }
}
