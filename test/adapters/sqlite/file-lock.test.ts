import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileLock } from '../../../src/adapters/sqlite/file-lock.js';
import { StoreUnavailableError } from '../../../src/domain/ports/event-store.js';
import { nextLine, spawnScript } from '../../support/child.js';
import { temporaryFolder } from '../../support/folder.js';

describe('a lock in a file', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let path: string;
  beforeEach(() => {
    folder = temporaryFolder();
    path = join(folder.path, 'state', 'collector.lock');
  });
  afterEach(() => {
    folder.remove();
  });

  it('is held by one, and free again when that one gives it back', () => {
    const release = new FileLock(path).tryAcquire();
    expect(release).not.toBeNull();
    expect(new FileLock(path).tryAcquire()).toBeNull();
    release?.();
    const again = new FileLock(path).tryAcquire();
    expect(again).not.toBeNull();
    again?.();
  });

  it('ends with the process that holds it, even by kill -9', async () => {
    const child = spawnScript(new URL('./children/hold-lock.ts', import.meta.url), [path]);
    expect(await nextLine(child)).toBe('held');
    expect(new FileLock(path).tryAcquire()).toBeNull();
    child.process.kill('SIGKILL');
    await child.ended;
    const release = new FileLock(path).tryAcquire();
    expect(release).not.toBeNull();
    release?.();
  });

  it('says where it cannot be', () => {
    expect(() => new FileLock('/dev/null/lock').tryAcquire()).toThrow(StoreUnavailableError);
  });
});
