import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createGzip, gunzipSync, gzipSync } from 'node:zlib';

/**
 * gzip over iterations of chunks, with flat memory.
 *
 * Most results are a few KB. For those a stream costs ten times the work itself (threads, events), so what is small
 * is done in one step.
 */

const SMALL_PACKED = 32 * 1024;
const SMALL_UNPACKED = 1024 * 1024;
const CHUNK = 64 * 1024;

function ignore(): void {
  // The same error is thrown to whoever iterates.
}

async function* through(source: AsyncIterable<Uint8Array>, transform: Transform): AsyncGenerator<Uint8Array> {
  pipeline(Readable.from(source), transform, ignore);
  yield* transform as AsyncIterable<Uint8Array>;
}

function unpackAtOnce(packed: Uint8Array): Uint8Array | null {
  try {
    return gunzipSync(packed, { maxOutputLength: SMALL_UNPACKED });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw error;
  }
}

async function* slices(body: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += CHUNK) yield await Promise.resolve(body.subarray(at, at + CHUNK));
}

/** Unpacks a body. Throws zlib's error where it is damaged or ends too early. */
export async function* gunzip(packed: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (!(packed instanceof Uint8Array)) {
    yield* gunzipStream(packed);
    return;
  }
  const small = packed.byteLength <= SMALL_PACKED ? unpackAtOnce(packed) : null;
  if (small === null) yield* gunzipStream(slices(packed));
  else yield small;
}

/** Unpacks a stream. Throws zlib's error where it is damaged or ends too early. */
export function gunzipStream(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return through(packed, createGunzip({ chunkSize: CHUNK }));
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Packs. The same chunks give the same bytes: no name and no time goes in. */
export async function* gzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let bytes = 0;
  try {
    while (bytes <= CHUNK) {
      const next = await source.next();
      if (next.done === true) {
        yield gzipSync(Buffer.concat(first));
        return;
      }
      first.push(next.value);
      bytes += next.value.byteLength;
    }
    yield* through(chain(first, source), createGzip({ chunkSize: CHUNK }));
  } finally {
    await source.return?.();
  }
}
