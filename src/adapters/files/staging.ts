import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Outcome } from '../../domain/events.js';
import { BrokenResultError, type RunKey, type Tarball } from '../../domain/ports/artifact-store.js';
import { syncFolder, temporaryName } from './durable.js';
import { Findings } from './findings.js';
import type { ResultLimits } from './member-paths.js';
import { readResult, type Member } from './result-tarball.js';
import { StagedFile } from './staged-file.js';
import { TarGzWriter } from './tar-gz-writer.js';

export const LOG = 'log.gz';
export const ARTIFACTS = 'artifacts.tar.gz';

/** A result that lies, durable, in a folder of its own. */
export interface Unpacked {
  readonly folder: string;
  readonly run: RunKey;
  readonly outcome: Outcome;
  readonly trigger: string | null;
}

/**
 * Takes a result apart into `log.gz` and `artifacts.tar.gz`, in a new folder below `stagingDir`. Nothing is unpacked
 * to the disk: the log comes packed as it is stored, and all else goes from one tarball straight into the other.
 * Leaves nothing behind when it throws.
 */
export async function unpack(tarball: Tarball, stagingDir: string, limits: ResultLimits, now: Date): Promise<Unpacked> {
  const folder = path.join(stagingDir, temporaryName());
  mkdirSync(folder);
  try {
    const log = StagedFile.create(path.join(folder, LOG));
    const artifacts = StagedFile.create(path.join(folder, ARTIFACTS));
    try {
      const splitter = new Splitter(log, artifacts, now);
      const run = await splitter.split(readResult(tarball, limits));
      const sizes = { logBytes: log.bytes, artifactsBytes: artifacts.bytes };
      const outcome = splitter.findings.outcome(run.package, sizes, now);
      // Side by side they share one write of the file system's journal.
      await Promise.all([log.sync(), artifacts.sync(), syncFolder(folder)]);
      return { folder, run, outcome, trigger: splitter.findings.trigger() };
    } finally {
      log.close();
      artifacts.close();
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

class Splitter {
  readonly findings = new Findings();
  readonly #log: StagedFile;
  readonly #artifacts: TarGzWriter;
  readonly #nowSeconds: number;

  constructor(log: StagedFile, artifacts: StagedFile, now: Date) {
    this.#log = log;
    this.#artifacts = new TarGzWriter((chunk) => artifacts.write(chunk));
    this.#nowSeconds = now.getTime() / 1000;
  }

  async split(members: AsyncIterable<Member>): Promise<RunKey> {
    let run: RunKey | null = null;
    try {
      for await (const member of members) {
        run = member.run;
        await this.#add(member);
      }
      await this.#artifacts.end();
    } finally {
      await this.#artifacts.abort();
    }
    if (run === null || this.#log.bytes === 0) throw new BrokenResultError('the result has no log.gz');
    return run;
  }

  async #add(member: Member): Promise<void> {
    if (member.path === LOG) return this.#storeLog(member);
    const mtime = new Date(1000 * Math.max(0, Math.min(member.mtime || 0, this.#nowSeconds)));
    if (member.kind === 'directory') await this.#artifacts.directory(member.path, mtime);
    else await this.#artifacts.file(member.path, member.bytes, mtime, this.findings.watch(member));
  }

  async #storeLog(member: Member): Promise<void> {
    let first = true;
    for await (const chunk of member.content) {
      if (first && !isGzip(chunk)) throw new BrokenResultError('log.gz is not gzip');
      first = false;
      await this.#log.write(chunk);
    }
  }
}

function isGzip(chunk: Uint8Array): boolean {
  // RFC 1952: the magic number, and deflate, the only method there is.
  return chunk[0] === 0x1f && chunk[1] === 0x8b && chunk[2] === 8;
}
