import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout } from 'node:timers/promises';

const LOOK_EVERY_MS = 200;

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Hands out the text of a file that another process writes, as it grows, until the signal aborts and the end is reached. */
export async function followFile(path: string, write: (text: string) => void, signal: AbortSignal): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let offset = 0;
  for (;;) {
    const last = signal.aborted;
    if ((await sizeOf(path)) > offset) {
      for await (const chunk of createReadStream(path, { start: offset }) as AsyncIterable<Buffer>) {
        offset += chunk.length;
        write(decoder.write(chunk));
      }
    }
    if (last) return;
    await setTimeout(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
