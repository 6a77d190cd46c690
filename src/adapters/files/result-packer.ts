import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { PackingError, type ResultPacker, type Workspace } from '../../domain/ports/result-packer.js';
import type { TestExit, TestRequest } from '../../domain/ports/testbed.js';
import { UNEXPECTED_EXIT_CODE } from '../../domain/verdict.js';
import { gzip } from './gzip.js';
import { incomingFolder } from './layout.js';
import { DEFAULT_LIMITS } from './member-paths.js';
import { collectOutput, openRegular, type LeftOut, type OutputFile } from './output-files.js';
import { printable } from './printable.js';
import { TarGzWriter } from './tar-gz-writer.js';
import { cappedLog, notice, readRange } from './worker-log.js';
import { translated } from './translated.js';

/** Debian's cap on all that autopkgtest left, the log aside. */
const ARTIFACTS_BYTES = 100 * 1024 * 1024;
/** The limits that the reader has, less room for the packer's own files. */
const LIMITS = { ...DEFAULT_LIMITS, members: DEFAULT_LIMITS.members - 100 };
const MAX_LEFT_OUT_LINES = 100;

const WORKSPACE = /^run-\d+-(\d+)-/;

/** Whether the process that made a workspace is gone. One of our own number is: we have made none yet. */
function isOrphan(name: string): boolean {
  const pid = Number(WORKSPACE.exec(name)?.[1] ?? NaN);
  if (Number.isNaN(pid)) return false;
  try {
    return pid === process.pid || !process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Gives each run a folder below `folder`, `run-<run id>-<process id>-…`. Others cannot look into it: the job may be
 * private.
 */
export class FileResultPacker implements ResultPacker {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Removes what workers of this host that were killed have left. To be called before the first workspace is made.
   * @throws PackingError
   */
  removeLeftovers(): Promise<void> {
    return translated(PackingError, 'cannot remove what earlier workers have left', async () => {
      await mkdir(this.#folder, { recursive: true });
      for (const name of (await readdir(this.#folder)).filter(isOrphan)) {
        await rm(path.join(this.#folder, name), { recursive: true, force: true });
      }
    });
  }

  workspace(runId: number): Promise<Workspace> {
    return translated(PackingError, `cannot make a folder for run ${runId}`, async () => {
      await mkdir(this.#folder, { recursive: true });
      const home = await mkdtemp(path.join(this.#folder, `run-${runId}-${process.pid}-`));
      const outputDir = path.join(home, 'output');
      await mkdir(outputDir);
      return new FileWorkspace(home, outputDir);
    });
  }
}

class FileWorkspace implements Workspace {
  readonly outputDir: string;
  readonly #home: string;

  constructor(home: string, outputDir: string) {
    this.#home = home;
    this.outputDir = outputDir;
  }

  pack(request: TestRequest, exit: TestExit, worker: string): Promise<Uint8Array> {
    return translated(PackingError, `cannot pack the result of run ${request.runId}`, async () => {
      const chunks: Uint8Array[] = [];
      const tar = new TarGzWriter((chunk) => void chunks.push(chunk));
      try {
        await new Packing(tar, incomingFolder(request), exit).all(this.outputDir, request, worker);
        await tar.end();
      } finally {
        await tar.abort();
      }
      return Buffer.concat(chunks);
    });
  }

  remove(): Promise<void> {
    return translated(PackingError, 'cannot remove the folder of a run', () =>
      rm(this.#home, { recursive: true, force: true }),
    );
  }
}

class Packing {
  readonly #tar: TarGzWriter;
  readonly #root: string;
  readonly #exit: TestExit;
  readonly #leftOut: LeftOut[] = [];

  constructor(tar: TarGzWriter, root: string, exit: TestExit) {
    this.#tar = tar;
    this.#root = root;
    this.#exit = exit;
  }

  async all(outputDir: string, request: TestRequest, worker: string): Promise<void> {
    await this.#tar.directory(this.#root, this.#exit.finishedAt);
    const { files, leftOut } = await collectOutput(outputDir, LIMITS, ARTIFACTS_BYTES);
    this.#leftOut.push(...leftOut);
    for (const file of files) await this.#file(file);
    await this.#line('exitcode', String(exitCode(this.#exit)));
    await this.#line('duration', String(Math.round(seconds(this.#exit))));
    await this.#line('worker', worker);
    if (request.trigger !== null) await this.#line('trigger', request.trigger);
    // Last, as it tells what was left out.
    await this.#buffer('log.gz', await this.#log(outputDir));
  }

  async #file(file: OutputFile): Promise<void> {
    const name = `${this.#root}/${file.path}`;
    const mtime = new Date(Math.max(0, Math.min(file.mtime.getTime(), this.#exit.finishedAt.getTime())));
    if (file.kind === 'directory') await this.#tar.directory(name, mtime);
    else if (file.source === null) await this.#tar.file(name, 0, mtime, exactly(null, 0));
    else await this.#openFile(file, file.source, name, mtime);
  }

  async #openFile(file: OutputFile, source: Buffer, name: string, mtime: Date): Promise<void> {
    const handle = await openRegular(source);
    if (handle === null) {
      this.#leftOut.push({ path: file.path, why: 'not readable' });
      return;
    }
    try {
      await this.#tar.file(name, file.bytes, mtime, exactly(readRange(handle, 0, file.bytes), file.bytes));
    } finally {
      await handle.close();
    }
  }

  #line(name: string, text: string): Promise<void> {
    return this.#buffer(name, Buffer.from(`${text}\n`));
  }

  #buffer(name: string, content: Uint8Array): Promise<void> {
    return this.#tar.file(`${this.#root}/${name}`, content.byteLength, this.#exit.finishedAt, chunks([content]));
  }

  async #log(outputDir: string): Promise<Uint8Array> {
    const packed: Uint8Array[] = [];
    for await (const chunk of gzip(this.#logText(outputDir))) packed.push(chunk);
    return Buffer.concat(packed);
  }

  async *#logText(outputDir: string): AsyncGenerator<Uint8Array> {
    const handle = await openRegular(path.join(outputDir, 'log'));
    if (handle === null) {
      yield notice([
        'autopkgtest left no log',
        `started ${iso(this.#exit.startedAt)}`,
        `ended ${iso(this.#exit.finishedAt)}`,
      ]);
    } else {
      try {
        yield* cappedLog(handle);
      } finally {
        await handle.close();
      }
    }
    const closing = [...endLines(this.#exit), ...leftOutLines(this.#leftOut)];
    if (closing.length > 0) yield notice(closing);
  }
}

function seconds({ startedAt, finishedAt }: TestExit): number {
  return Math.max(0, (finishedAt.getTime() - startedAt.getTime()) / 1000);
}

/** A run that was cut short says nothing about the package, whatever code came out of it. */
function exitCode({ exitCode, ended }: TestExit): number {
  return ended === 'by itself' && exitCode !== null ? exitCode : UNEXPECTED_EXIT_CODE;
}

function endLines(exit: TestExit): string[] {
  const after = `after ${Math.round(seconds(exit))} s`;
  if (exit.ended === 'timed out') return [`the run took too long and was ended ${after}`];
  if (exit.ended === 'stopped') return [`the run was stopped ${after}`];
  return exit.exitCode === null ? [`autopkgtest was killed ${after}`] : [];
}

function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  const lines = leftOut
    .slice(0, MAX_LEFT_OUT_LINES)
    .map(({ path, why }) => `left out of the result: ${JSON.stringify(printable(path, 200))}: ${why}`);
  const more = leftOut.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function iso(date: Date): string {
  return date.toISOString();
}

async function* chunks(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(part);
}

/** So many bytes, for the header has promised them: a file that shrank meanwhile is filled up with zeros. */
async function* exactly(content: AsyncIterable<Uint8Array> | null, bytes: number): AsyncGenerator<Uint8Array> {
  let missing = bytes;
  for await (const chunk of content ?? chunks([])) {
    missing -= chunk.byteLength;
    yield chunk;
  }
  for (; missing > 0; missing -= ZEROS.byteLength) yield ZEROS.subarray(0, missing);
}

const ZEROS = new Uint8Array(64 * 1024);
