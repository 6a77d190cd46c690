import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ArchiveUnavailableError } from '../../domain/ports/archive.js';
import type { IndexFile } from './apt-root.js';

const APT_HELPER = '/usr/lib/apt/apt-helper';
const COMPRESSED = /\.(xz|gz|lz4|bz2|lzma|zst)$/;
const PIECE_BYTES = 1024 * 1024;

/** The text of an index, piece by piece. apt's own helper takes the compression off, so all that apt may leave is read. */
export async function* indexText(path: string, env: Readonly<Record<string, string>>): AsyncGenerator<string> {
  if (!COMPRESSED.test(path)) {
    yield* decoded(createReadStream(path, { highWaterMark: PIECE_BYTES }));
    return;
  }
  const helper = spawn(APT_HELPER, ['cat-file', path], { env: { ...env }, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    helper.once('close', resolve);
    helper.once('error', reject);
  });
  ended.catch(() => undefined);
  try {
    yield* decoded(helper.stdout);
  } finally {
    helper.kill();
  }
  const code = await ended;
  if (code !== 0)
    throw new ArchiveUnavailableError(`${path} cannot be read: apt-helper ended with ${code ?? 'a signal'}`);
}

async function* decoded(bytes: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of bytes) yield decoder.decode(piece as Buffer, { stream: true });
  yield decoder.decode();
}

/** How apt ranks the archive that an index is of, from the release file beside it (apt_preferences(5)). */
export async function pinOf({ path, metaKey }: IndexFile): Promise<number> {
  const beginning = path.replace(COMPRESSED, '').slice(0, -escaped(metaKey).length);
  const release =
    (await readFile(`${beginning}InRelease`, 'utf8').catch(() => null)) ??
    (await readFile(`${beginning}Release`, 'utf8').catch(() => ''));
  const says = (field: string): boolean => new RegExp(`^${field}: *yes *$`, 'im').test(release);
  if (!says('NotAutomatic')) return 500;
  return says('ButAutomaticUpgrades') ? 100 : 1;
}

/** As apt writes an address into the name of a file. */
function escaped(metaKey: string): string {
  return metaKey.replaceAll('_', '%5f').replaceAll('/', '_');
}
