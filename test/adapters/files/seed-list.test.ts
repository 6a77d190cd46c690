import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSeedList } from '../../../src/adapters/files/seed-list.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { temporaryFolder } from '../../support/folder.js';

describe('a seed list', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let path: string;
  beforeEach(() => {
    folder = temporaryFolder();
    path = join(folder.path, 'seed_list');
  });
  afterEach(() => {
    folder.remove();
  });
  const seeds = async (text: string, mode = 0o644) => {
    await writeFile(path, text, { mode });
    return new FileSeedList(path).packages();
  };

  it('names packages, one a line, comments and blank lines aside', async () => {
    expect(await seeds('# ours\nhello\n\n  dpkg \nhello\n')).toEqual(new Set(['hello', 'dpkg']));
    expect(await seeds('')).toEqual(new Set());
  });

  it('that is executable prints them', async () => {
    expect(await seeds('#!/bin/sh\necho hello; echo dpkg\n', 0o755)).toEqual(new Set(['hello', 'dpkg']));
  });

  it('that is not there names none, which stands for all', async () => {
    expect(await new FileSeedList(path).packages()).toBeNull();
  });

  it('that fails, or cannot be started, is an error', async () => {
    await expect(seeds('#!/bin/sh\necho hello; exit 3\n', 0o755)).rejects.toMatchObject({ code: 'E_SEED_LIST' });
    await expect(seeds('#!/nonexistent\n', 0o755)).rejects.toMatchObject({ code: 'E_SEED_LIST' });
  });

  it('is refused as a whole where a line is no package', async () => {
    const refused = seeds('hello\n../etc\n--help\n');
    await expect(refused).rejects.toThrow(InvalidInputError);
    await expect(refused).rejects.toThrow(/seed_list:2: "\.\.\/etc"[^]*seed_list:3: "--help"/);
  });
});
