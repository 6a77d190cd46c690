import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { LineFileError, readLines, writeLines } from '../../../src/adapters/files/line-file.js';
import { MissingProgramError } from '../../../src/domain/ports/testbed.js';
import { collect } from '../../support/events.js';
import { temporaryFolder } from '../../support/folder.js';

const { signal } = new AbortController();
const LINES = Array.from({ length: 5000 }, (_, n) => `{"n":${n},"text":"ä"}`);

async function* given(lines: readonly string[] = LINES): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}

describe('A file of lines', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    folder.remove();
  });

  it.each(['log.jsonl', 'log.jsonl.gz', 'log.jsonl.zst'])(
    'is read as it was written: %s, its owner’s only',
    async (name) => {
      const path = join(folder.path, name);
      await writeLines(path, given(), signal);
      expect(await collect(readLines(path))).toEqual(LINES);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder.path)).toEqual([name]);
    },
  );

  it('is compressed as its name says', async () => {
    const path = join(folder.path, 'log.gz');
    await writeLines(path, given(['a', 'b']), signal);
    expect(gunzipSync(readFileSync(path)).toString()).toBe('a\nb\n');
    const zst = join(folder.path, 'log.zst');
    await writeLines(zst, given(['a', 'b']), signal);
    expect(readFileSync(zst).readUInt32LE(0)).toBe(0xfd2fb528);
  });

  it('is not there, and an older one is untouched, where writing fails or is broken off', async () => {
    const path = join(folder.path, 'log.gz');
    writeFileSync(path, 'older');
    const failing = async function* (): AsyncGenerator<string> {
      yield* given();
      throw new Error('the log broke');
    };
    await expect(writeLines(path, failing(), signal)).rejects.toThrow('the log broke');
    await expect(writeLines(path, given(), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(readFileSync(path, 'utf8')).toBe('older');
    expect(readdirSync(folder.path)).toEqual(['log.gz']);
    await expect(writeLines(join(folder.path, 'no', 'log'), given(), signal)).rejects.toThrow(LineFileError);
  });

  it('gives an error where it is missing, or damaged', async () => {
    await expect(collect(readLines(join(folder.path, 'nothing')))).rejects.toThrow(LineFileError);
    const path = join(folder.path, 'log.gz');
    await writeLines(path, given(), signal);
    truncateSync(path, 100);
    await expect(collect(readLines(path))).rejects.toThrow(LineFileError);
    const zst = join(folder.path, 'log.zst');
    writeFileSync(zst, 'no such thing');
    await expect(collect(readLines(zst))).rejects.toThrow(LineFileError);
  });

  it('says which program is missing', async () => {
    vi.stubEnv('PATH', folder.path);
    const path = join(folder.path, 'log.zst');
    await expect(writeLines(path, given(), signal)).rejects.toThrow(MissingProgramError);
  });
});
