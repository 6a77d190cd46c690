import { DebciError } from '../../domain/errors.js';

type ErrorClass = new (message: string, options: { cause: unknown }) => DebciError;

/** Does the work; what the file system says against it becomes an error of the given class. Errors of ours pass. */
export async function translated<T>(error: ErrorClass, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof DebciError) throw cause;
    throw new error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
