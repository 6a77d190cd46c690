import { createReadStream, existsSync } from 'node:fs';
import path from 'node:path';
import { BrokenResultError, type RunKey } from '../../domain/ports/artifact-store.js';
import { gunzipStream } from './gzip.js';
import { storedFolder } from './layout.js';
import { LOG } from './staging.js';

/** Debian's workers cap a log at 20 MB; one that unpacks to this is a bomb. */
export const LOG_BYTES = 64 * 1024 ** 2;

/** The log of a run in a data folder, unpacked, up to `maxBytes`; null where there is none. */
export function readStoredLog(dataDir: string, run: RunKey, maxBytes = LOG_BYTES): AsyncIterable<Uint8Array> | null {
  const log = path.join(dataDir, storedFolder(run), LOG);
  return existsSync(log) ? readLog(log, maxBytes) : null;
}

async function* readLog(log: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  let left = maxBytes;
  try {
    for await (const chunk of gunzipStream(createReadStream(log))) {
      yield chunk.subarray(0, left);
      left -= chunk.byteLength;
      if (left <= 0) return;
    }
  } catch (error) {
    throw new BrokenResultError(`${log} cannot be read`, { cause: error });
  }
}
