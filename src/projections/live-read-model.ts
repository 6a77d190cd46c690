import { setTimeout as delay } from 'node:timers/promises';
import type Database from 'better-sqlite3';
import type { EventStore, Position, RecordedEvent } from '../domain/ports/event-store.js';
import type { Lock } from '../domain/ports/lock.js';
import type { Logger } from '../domain/ports/logger.js';
import { openForWriting, openFileForWriting, ReadModelUnavailableError, usabilityOf } from './database.js';
import { ReadModelFiles, removeDatabase } from './files.js';
import type { Change } from './projection.js';
import { catchUp, rebuild } from './rebuild.js';
import { ReadModelWriter } from './writer.js';

/** How often it is looked whether another process is done, or offers a new read model. */
const LOOK_EVERY_MS = 500;

export interface LiveReadModelOptions {
  /** Of the link (files.ts). */
  readonly path: string;
  readonly store: Pick<EventStore, 'readAll'>;
  /** Held while a new read model is made. */
  readonly rebuilding: Lock;
  readonly logger: Logger;
}

/**
 * The read model that a collector writes; to be used under the collector's lock. Where there is none of this debci's schema, `prepare` makes one from the log
 * beside the old one, which answers until then. A new one that `debci replay` offers is taken over while all goes on:
 * readers never see one that is behind the one before it.
 */
export class LiveReadModel {
  readonly #files: ReadModelFiles;
  #db: Database.Database | null = null;
  #writer: ReadModelWriter | null = null;

  constructor(private readonly options: LiveReadModelOptions) {
    this.#files = new ReadModelFiles(options.path);
  }

  /**
   * To be called before all else.
   * @throws ReadModelUnavailableError where a newer debci made it; the signal's reason where that aborts.
   */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#rebuildWhereNeeded(signal);
    this.#db = openForWriting(this.options.path);
    this.#writer = new ReadModelWriter(this.#db);
  }

  /** How far it has come; null: nowhere, or it is not prepared yet. */
  checkpoint(): Position | null {
    return this.#writer?.checkpoint() ?? null;
  }

  /** As ReadModelWriter.apply. */
  apply(events: readonly RecordedEvent[], position: Position): Change[] {
    if (!this.#writer) throw new ReadModelUnavailableError(`the read model ${this.options.path} is not open`);
    return this.#writer.apply(events, position);
  }

  /** Takes over what is offered, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const offered = this.#files.offered();
      if (offered !== null) await this.#takeOver(offered);
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  close(): void {
    this.#db?.close();
  }

  async #rebuildWhereNeeded(signal: AbortSignal): Promise<void> {
    if (!this.#needsRebuild()) return;
    const release = await whenFree(this.options.rebuilding, signal);
    try {
      // Another process may have made one meanwhile.
      if (!this.#needsRebuild()) return;
      const { store, logger } = this.options;
      const file = this.#files.fresh();
      logger.info({ file }, 'the read model is made anew from the log; until then the old one, if any, is served');
      const { events } = await rebuild({ store, file, signal });
      this.#files.use(file);
      logger.info({ file, events }, 'the new read model is in use');
    } finally {
      release();
    }
  }

  #needsRebuild(): boolean {
    const usability = usabilityOf(this.#files.current());
    return usability === 'absent' || usability === 'older';
  }

  /** What cannot be used is not offered any longer. */
  async #takeOver(file: string): Promise<void> {
    const { logger } = this.options;
    try {
      const db = openFileForWriting(file);
      try {
        await this.#replaceBy(db, new ReadModelWriter(db));
      } catch (error) {
        db.close();
        throw error;
      }
      logger.info({ file }, 'the read model of a replay is in use');
    } catch (error) {
      logger.error({ err: error, file }, 'the read model of a replay cannot be used');
      this.#files.withdraw();
    }
  }

  /** When the new one has come exactly as far as the old one. Between that look and the change, nothing else can happen. */
  async #replaceBy(db: Database.Database, writer: ReadModelWriter): Promise<void> {
    for (let here = this.checkpoint(); writer.checkpoint() !== here; here = this.checkpoint()) {
      if (isAhead(writer.checkpoint(), here)) await delay(LOOK_EVERY_MS);
      else if (here !== null) await catchUp(writer, this.options.store, here);
    }
    this.#db?.close();
    this.#db = db;
    this.#writer = writer;
    this.#files.use(db.name);
  }
}

function isAhead(position: Position | null, of: Position | null): boolean {
  return position !== null && (of === null || position > of);
}

async function whenFree(lock: Lock, signal: AbortSignal): Promise<() => void> {
  for (;;) {
    const release = lock.tryAcquire();
    if (release) return release;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

export interface HandOverOptions {
  readonly files: ReadModelFiles;
  /** A whole new read model. */
  readonly file: string;
  /** Held by a running collector. */
  readonly collector: Lock;
  readonly signal: AbortSignal;
}

/**
 * Puts a new read model into use: by itself where no collector runs, else by offering it to that one. To be called under
 * the rebuild lock. Removes the file where it comes to nothing.
 * @throws ReadModelUnavailableError where the collector refuses it; the signal's reason where that aborts.
 */
export async function handOver({ files, file, collector, signal }: HandOverOptions): Promise<void> {
  try {
    while (files.current() !== file) {
      const release = collector.tryAcquire();
      if (release) {
        files.use(file);
        release();
        return;
      }
      await untilTaken(files, file, signal);
    }
  } catch (error) {
    files.withdraw();
    if (files.current() !== file) removeDatabase(file);
    throw error;
  }
}

/** Ends when the file is in use, or when it may be that no collector runs any longer. */
async function untilTaken(files: ReadModelFiles, file: string, signal: AbortSignal): Promise<void> {
  if (files.offered() === null) files.offer(file);
  await delay(LOOK_EVERY_MS / 2, undefined, { signal });
  if (files.current() !== file && files.offered() === null) {
    throw new ReadModelUnavailableError(`the collector did not take ${file}; its log tells why`);
  }
}
