import type { FileHandle } from 'node:fs/promises';

const MIB = 1024 * 1024;

/** Debian's cap on a log: of one above `head + tail` bytes, the first `head` and the last `tail` remain. */
export interface LogCap {
  readonly head: number;
  readonly tail: number;
}
export const DEBIAN_LOG_CAP: LogCap = { head: MIB, tail: 19 * MIB };

/** The bytes from `start` to `end` (excluded), as far as the file has them. */
export async function* readRange(handle: FileHandle, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start >= end) return;
  // `end` is the last byte of the range.
  const stream = handle.createReadStream({ start, end: end - 1, autoClose: false, highWaterMark: 256 * 1024 });
  yield* stream as AsyncIterable<Uint8Array>;
}

/** A log under its cap, with a notice where something was cut out. */
export async function* cappedLog(handle: FileHandle, cap: LogCap = DEBIAN_LOG_CAP): AsyncGenerator<Uint8Array> {
  const { size } = await handle.stat();
  const cut = size - cap.head - cap.tail;
  if (cut <= 0) {
    yield* readRange(handle, 0, size);
    return;
  }
  yield* readRange(handle, 0, cap.head);
  yield notice([`the log had ${size} bytes: ${cut} of them, from here on, were cut out`]);
  yield* readRange(handle, size - cap.tail, size);
}

/** Lines of ours in a log, set off from what the test printed. */
export function notice(lines: readonly string[]): Uint8Array {
  return Buffer.from(`\n${lines.map((line) => `debci: ${line}\n`).join('')}`);
}
