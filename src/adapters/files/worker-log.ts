import type { FileHandle } from 'node:fs/promises';

const MIB = 1024 * 1024;

/** Debian's cap: of a log above 20 MB, the first and the last part remain. */
const HEAD_BYTES = MIB;
const TAIL_BYTES = 19 * MIB;

/** The bytes from `start` to `end` (excluded), as far as the file has them. */
export async function* readRange(handle: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start >= end) return;
  // `end` is the last byte of the range.
  const stream = handle.createReadStream({ start, end: end - 1, autoClose: false, highWaterMark: 256 * 1024 });
  yield* stream as AsyncIterable<Uint8Array>;
}

/** A log under its cap, with a notice where something was cut out. */
export async function* cappedLog(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const { size } = await handle.stat();
  const cut = size - HEAD_BYTES - TAIL_BYTES;
  if (cut <= 0) {
    yield* readRange(handle, 0, size);
    return;
  }
  yield* readRange(handle, 0, HEAD_BYTES);
  yield notice([`the log had ${size} bytes: ${cut} of them, from here on, were cut out`]);
  yield* readRange(handle, size - TAIL_BYTES, size);
}

/** Lines of ours in a log, set off from what the test printed. */
export function notice(lines: readonly string[]): Uint8Array {
  return Buffer.from(`\n${lines.map((line) => `debci: ${line}\n`).join('')}`);
}
