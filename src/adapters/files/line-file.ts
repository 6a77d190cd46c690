import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

import { DebciError } from '../../domain/errors.js';
import { MissingProgramError } from '../../domain/ports/testbed.js';
import { syncFolder, temporaryName } from './durable.js';

/** A file of lines that cannot be read or written. */
export class LineFileError extends DebciError {
  readonly code = 'E_LINE_FILE';
}

/** Standard input or output. */
const STANDARD = '-';

/**
 * Writes lines into a file, of which others see all or nothing; for its owner only, as private jobs may be in it.
 * Compressed as its name asks for: `.gz`, `.zst` (by the program zstd); `-` is standard output.
 * @throws LineFileError, MissingProgramError, what the lines throw, or the signal's reason.
 */
export async function writeLines(path: string, lines: AsyncIterable<string>, signal: AbortSignal): Promise<void> {
  const source = Readable.from(withBreaks(lines));
  if (path === STANDARD) {
    await piped(path, [source], process.stdout, signal, false);
    return;
  }
  const temporary = join(dirname(path), temporaryName());
  const file = createWriteStream(temporary, { mode: 0o600, flush: true, flags: 'wx' });
  try {
    await piped(path, [source, ...transforms(path, 'compress')], file, signal, true);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Reads lines, as `writeLines` writes them. @throws as that does. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const source = path === STANDARD ? process.stdin : createReadStream(path);
  let failure: unknown = null;
  const last = transforms(path, 'decompress').reduce<Readable>((from, to) => {
    from.on('error', (error) => to.destroy(error));
    return from.pipe(to);
  }, source);
  last.on('error', (error) => (failure = error));
  try {
    for await (const line of createInterface({ input: last, crlfDelay: Infinity })) yield line;
  } catch (error) {
    failure ??= error;
  }
  // Some versions of Node.js end the lines quietly where their input breaks.
  if (failure !== null) throw translated(path, failure);
}

async function* withBreaks(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function piped(
  path: string,
  parts: readonly (Readable | Duplex)[],
  out: NodeJS.WritableStream,
  signal: AbortSignal,
  end: boolean,
): Promise<void> {
  try {
    await pipeline([...parts, out], { signal, end });
  } catch (error) {
    signal.throwIfAborted();
    throw translated(path, error);
  }
}

function translated(path: string, error: unknown): unknown {
  if (error instanceof DebciError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new LineFileError(`${path}: ${reason}`, { cause: error });
}

function transforms(path: string, way: 'compress' | 'decompress'): Duplex[] {
  if (path.endsWith('.gz')) return [way === 'compress' ? createGzip() : createGunzip()];
  if (path.endsWith('.zst')) return [zstd(way === 'compress' ? ['-q', '-c'] : ['-q', '-d', '-c'])];
  return [];
}

/** Node.js 20 has no zstd of its own. */
function zstd(args: readonly string[]): Duplex {
  const child = spawn('zstd', args, { stdio: ['pipe', 'pipe', 'ignore'] });
  // What it gives ends only when it is known to have ended well.
  const out = child.stdout.pipe(new PassThrough(), { end: false });
  child.on('error', (cause) => {
    out.destroy(new MissingProgramError('zstd is missing; install the package zstd, or use .gz', { cause }));
  });
  child.on('close', (code) => {
    if (code === 0) out.end();
    else out.destroy(new Error(`zstd ended with ${code ?? 'a signal'}; is the file damaged?`));
  });
  // A broken pipe is told by how it ended.
  child.stdin.on('error', () => undefined);
  return Duplex.from({ writable: child.stdin, readable: out });
}
