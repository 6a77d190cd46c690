import { existsSync, renameSync } from 'node:fs';
import { rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import {
  ArtifactsUnavailableError,
  type ArtifactStore,
  type RunKey,
  type StagedResult,
  type Tarball,
} from '../../domain/ports/artifact-store.js';
import type { Clock } from '../../domain/ports/clock.js';
import { makeFolder, sweep, syncFolder } from './durable.js';
import { storedFolder } from './layout.js';
import { DEFAULT_LIMITS, type ResultLimits } from './member-paths.js';
import { Quarantine } from './quarantine.js';
import { ARTIFACTS, LOG, unpack, type Unpacked } from './staging.js';
import { LOG_BYTES, readStoredLog } from './stored-log.js';
import { translated } from './translated.js';

export interface FileArtifactStoreOptions {
  /** Where Debian's layout begins: `<dataDir>/autopkgtest/<suite>/…`. */
  readonly dataDir: string;
  /** On the same file system as `dataDir`: a result is moved from here to there. */
  readonly stagingDir: string;
  readonly quarantineDir: string;
  readonly clock: Clock;
  readonly limits?: ResultLimits;
  /** Bytes that messages set aside may take together. */
  readonly quarantineBytes?: number;
  /** Bytes of a log that are read at most. */
  readonly logBytes?: number;
}

const QUARANTINE_BYTES = 1024 ** 3;
/** Files on disk in Debian's layout. */
export class FileArtifactStore implements ArtifactStore {
  readonly #options: FileArtifactStoreOptions;
  readonly #quarantine: Quarantine;

  private constructor(options: FileArtifactStoreOptions) {
    this.#options = options;
    this.#quarantine = new Quarantine(options.quarantineDir, options.quarantineBytes ?? QUARANTINE_BYTES);
  }

  /**
   * Makes the folders that are missing, and clears the staging folder of what a crash left.
   * @throws ArtifactsUnavailableError
   */
  static open(options: FileArtifactStoreOptions): Promise<FileArtifactStore> {
    return translated(ArtifactsUnavailableError, 'cannot open the artifact store', async () => {
      await makeFolder(options.dataDir);
      await makeFolder(options.stagingDir);
      await sweep(options.stagingDir, options.clock.now());
      return new FileArtifactStore(options);
    });
  }

  receive(tarball: Tarball): Promise<StagedResult> {
    const { stagingDir, clock, limits } = this.#options;
    return translated(ArtifactsUnavailableError, 'cannot stage a result', async () => {
      const unpacked = await unpack(tarball, stagingDir, limits ?? DEFAULT_LIMITS, clock.now());
      return this.#staged(unpacked);
    });
  }

  setAside(body: Uint8Array, reason: string): Promise<string> {
    return translated(ArtifactsUnavailableError, 'cannot set a message aside', () =>
      this.#quarantine.keep(body, reason, this.#options.clock.now()),
    );
  }

  readLog(run: RunKey): AsyncIterable<Uint8Array> | null {
    return readStoredLog(this.#options.dataDir, run, this.#options.logBytes ?? LOG_BYTES);
  }

  purge(run: RunKey): Promise<void> {
    const folder = this.#folderOf(run);
    return translated(ArtifactsUnavailableError, `cannot remove the files of run ${run.runId}`, async () => {
      if (!existsSync(folder)) return;
      await rm(folder, { recursive: true, force: true });
      await syncFolder(path.dirname(folder));
    });
  }

  #folderOf(run: RunKey): string {
    return path.join(this.#options.dataDir, storedFolder(run));
  }

  #staged({ folder, run, outcome, trigger }: Unpacked): StagedResult {
    const place = this.#folderOf(run);
    let ended = false;
    let committed = false;
    return {
      run,
      outcome,
      trigger,
      commit: () =>
        translated(ArtifactsUnavailableError, `cannot store the files of run ${run.runId}`, async () => {
          if (!committed) await moveFolder(folder, place);
          committed = ended = true;
        }),
      withdraw: () => this.purge(run),
      discard: () =>
        translated(ArtifactsUnavailableError, 'cannot discard a result', async () => {
          if (!ended) await rm(folder, { recursive: true, force: true });
          ended = true;
        }),
    };
  }
}

/** Durable when it resolves. */
async function moveFolder(folder: string, place: string): Promise<void> {
  const parent = path.dirname(place);
  await makeFolder(parent);
  try {
    renameSync(folder, place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    await replaceFiles(folder, place);
  }
  await syncFolder(parent);
}

/**
 * A folder cannot be renamed over another. So the files are, one by one: no reader finds one missing.
 * Nearly always the old ones are the same result, delivered twice.
 */
async function replaceFiles(folder: string, place: string): Promise<void> {
  for (const file of [LOG, ARTIFACTS]) await rename(path.join(folder, file), path.join(place, file));
  await syncFolder(place);
  await rmdir(folder);
}
