import type Database from 'better-sqlite3';
import { DebciError } from '../domain/errors.js';
import type { EventStore, Position } from '../domain/ports/event-store.js';
import type { Lock } from '../domain/ports/lock.js';
import { firstDifference, type Difference } from './difference.js';
import { openFileForWriting, openForReading, openForWriting } from './database.js';
import { removeDatabase, type ReadModelFiles } from './files.js';
import { handOver } from './live-read-model.js';
import { tablesOf } from './projections.js';
import { catchUp, rebuild, type Rebuilt, type RebuildOptions } from './rebuild.js';
import { ReadModelWriter } from './writer.js';

/** A read model is being made anew already, or a collector writes it, and what was asked for needs it at rest. */
export class ReadModelInUseError extends DebciError {
  readonly code = 'E_READ_MODEL_IN_USE';
}

export interface ReplayOptions extends Pick<RebuildOptions, 'onProgress'> {
  readonly files: ReadModelFiles;
  readonly store: Pick<EventStore, 'readAll'>;
  /** Held while a new read model is made. */
  readonly rebuilding: Lock;
  /** Held by a running collector. */
  readonly collector: Lock;
  readonly signal: AbortSignal;
}

/**
 * Makes the read model anew from the log, beside the one in use, and puts it in its place.
 * @throws ReadModelInUseError where that is under way already.
 */
export function replayAll(options: ReplayOptions): Promise<Rebuilt> {
  return withFreshFile(options, async (file) => {
    const rebuilt = await rebuild({ ...options, file });
    await handOver({ ...options, file });
    return rebuilt;
  });
}

/**
 * Makes one projection's tables anew. Each projection folds what the runs and statuses make of events, so all are
 * replayed beside; but only its tables are replaced, in one transaction.
 * @param projection a name that `tablesOf` knows.
 * @throws ReadModelInUseError where a collector runs: it holds rows of these tables in memory.
 */
export async function replayProjection(options: ReplayOptions, projection: string): Promise<Rebuilt> {
  const release = options.collector.tryAcquire();
  if (!release) throw new ReadModelInUseError('a collector runs; stop it, or replay without --projection');
  try {
    return await withFreshFile(options, async (file) => {
      const live = openForWriting(options.files.path);
      try {
        const rebuilt = await rebuildUpTo(live, { ...options, file });
        replaceTables(live, file, tablesOf(projection));
        return rebuilt;
      } finally {
        live.close();
      }
    });
  } finally {
    release();
  }
}

/**
 * Compares the read model in use with one that is made from the log.
 * @param projection Default: all tables.
 * @returns the first difference; null: none.
 */
export function verify(
  options: ReplayOptions,
  projection?: string,
): Promise<Rebuilt & { difference: Difference | null }> {
  return withFreshFile(options, async (file) => {
    const live = openForReading(options.files.path);
    const rebuilt = await rebuildUpTo(live, { ...options, file });
    const fresh = openFileForWriting(file);
    try {
      // From here on, the live one stands still for us. What came in since the replay is little.
      live.exec('BEGIN');
      const end = checkpointOf(live);
      if (end !== null) await catchUp(new ReadModelWriter(fresh), options.store, end);
      return { ...rebuilt, position: end, difference: firstDifference(live, fresh, tablesOf(projection)) };
    } finally {
      fresh.close();
      live.close();
    }
  });
}

/** Under the lock; what is left of the file when the work is done, and that is not in use, is removed. */
async function withFreshFile<Result>(
  { files, rebuilding }: Pick<ReplayOptions, 'files' | 'rebuilding'>,
  work: (file: string) => Promise<Result>,
): Promise<Result> {
  const release = rebuilding.tryAcquire();
  if (!release) throw new ReadModelInUseError('the read model is being made anew already');
  const file = files.fresh();
  try {
    return await work(file);
  } finally {
    if (files.current() !== file) removeDatabase(file);
    release();
  }
}

function rebuildUpTo(live: Database.Database, options: RebuildOptions): Promise<Rebuilt> {
  return rebuild({ ...options, until: { position: checkpointOf(live) ?? ('' as Position) } });
}

function checkpointOf(db: Database.Database): Position | null {
  return db.prepare<[], Position>('SELECT position FROM checkpoint').pluck().get() ?? null;
}

function replaceTables(live: Database.Database, file: string, tables: readonly string[]): void {
  live.prepare('ATTACH ? AS fresh').run(file);
  live.transaction(() => {
    for (const table of tables) {
      live.exec(`DELETE FROM main.${table}; INSERT INTO main.${table} SELECT * FROM fresh.${table}`);
    }
  })();
  live.exec('DETACH fresh');
}
