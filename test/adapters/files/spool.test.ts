import { randomBytes } from 'node:crypto';
import { readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileSpool } from '../../../src/adapters/files/spool.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import type { Logger } from '../../../src/domain/ports/logger.js';
import { SpoolError, type Spool, type SpoolEntry } from '../../../src/domain/ports/spool.js';
import { NOW } from '../../support/artifact-folders.js';
import { smallDisk } from '../../support/small-disk.js';
import { listing, temporaryFolder } from '../../support/temporary-folder.js';

const clock = { now: () => NOW };

class Complaints implements Logger {
  readonly errors: string[] = [];
  debug(): void {
    throw new Error('nothing to say');
  }
  info(): void {
    throw new Error('nothing to say');
  }
  warn(): void {
    throw new Error('nothing to say');
  }
  error(_: object, message: string): void {
    this.errors.push(message);
  }
}

const open = (folder: string, logger: Logger = new Complaints()): Promise<FileSpool> =>
  FileSpool.open({ folder, clock, logger });

async function entriesOf(spool: Spool): Promise<SpoolEntry[]> {
  const entries = [];
  for await (const entry of spool.entries()) entries.push({ ...entry, body: Buffer.from(entry.body) });
  return entries;
}

describe('the spool', () => {
  it('keeps messages over a restart, until they are removed', async () => {
    const folder = await temporaryFolder();
    const spool = await open(folder);
    await spool.put('7-1', Buffer.from('one'), { attempt: '1' });
    await spool.put('8-1', Buffer.from('two'), {});
    const again = await open(folder);
    const byName = (await entriesOf(again)).toSorted((a, b) => a.name.localeCompare(b.name));
    expect(byName).toEqual([
      { name: '7-1', body: Buffer.from('one'), headers: { attempt: '1' } },
      { name: '8-1', body: Buffer.from('two'), headers: {} },
    ]);
    await again.remove('7-1');
    expect((await entriesOf(spool)).map(({ name }) => name)).toEqual(['8-1']);
    await again.remove('8-1');
    await again.remove('8-1');
    expect(await listing(folder)).toEqual([]);
  });

  it('gives the oldest first', async () => {
    const folder = await temporaryFolder();
    const spool = await open(folder);
    for (const [index, name] of ['c', 'a', 'b'].entries()) {
      await spool.put(name, Buffer.alloc(0), {});
      const written = new Date(NOW.getTime() + 1000 * index);
      await utimes(path.join(folder, `${name}.entry`), written, written);
    }
    expect((await entriesOf(spool)).map(({ name }) => name)).toEqual(['c', 'a', 'b']);
  });

  it('keeps the newer of two messages of a name', async () => {
    const spool = await open(await temporaryFolder());
    await spool.put('7-1', Buffer.from('old'), {});
    await spool.put('7-1', Buffer.from('new'), {});
    expect((await entriesOf(spool)).map(({ body }) => body.toString())).toEqual(['new']);
  });

  it('gives back whatever was put in', async () => {
    const folder = await temporaryFolder();
    const headers = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), headers, async (body, given) => {
        const spool = await open(folder);
        await spool.put('x', body, given);
        const [entry] = await entriesOf(await open(folder));
        expect({ ...entry, headers: { ...entry!.headers } }).toEqual({
          name: 'x',
          body: Buffer.from(body),
          headers: { ...given },
        });
      }),
      { numRuns: 50 },
    );
  });

  it('takes many at once', async () => {
    const spool = await open(await temporaryFolder());
    const names = Array.from({ length: 50 }, (_, n) => `run-${n}`);
    await Promise.all(names.map((name) => spool.put(name, randomBytes(1000), {})));
    expect((await entriesOf(spool)).map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  it.each(['', '.', '..', '../x', 'a/b', '.tmp-x', '-x', 'a\0b', 'a b', 'x'.repeat(201)])(
    'takes no entry of the name %j',
    async (name) => {
      const spool = await open(await temporaryFolder());
      await expect(spool.put(name, Buffer.alloc(0), {})).rejects.toThrow(InvalidInputError);
      await expect(spool.remove(name)).rejects.toThrow(InvalidInputError);
    },
  );

  it('never reads what a crash left half-written, and clears it away an hour later', async () => {
    const folder = await temporaryFolder();
    await (await open(folder)).put('7-1', Buffer.from('whole'), {});
    for (const name of ['.tmp-old', '.tmp-young']) await writeFile(path.join(folder, name), '{"headers":');
    await utimes(path.join(folder, '.tmp-old'), new Date(0), new Date(0));
    await utimes(path.join(folder, '.tmp-young'), NOW, NOW);
    const spool = await open(folder);
    expect((await entriesOf(spool)).map(({ name }) => name)).toEqual(['7-1']);
    expect(await listing(folder)).toEqual(['.tmp-young', '7-1.entry']);
  });

  it('puts an entry that the disk damaged aside, says so, and goes on', async () => {
    const folder = await temporaryFolder();
    const logger = new Complaints();
    const spool = await open(folder, logger);
    for (const name of ['cut', 'flipped', 'empty', 'whole']) await spool.put(name, Buffer.from('body of it'), {});
    await truncate(path.join(folder, 'cut.entry'), (await readFile(path.join(folder, 'cut.entry'))).byteLength - 1);
    const flipped = await readFile(path.join(folder, 'flipped.entry'));
    flipped[flipped.byteLength - 1]! ^= 1;
    await writeFile(path.join(folder, 'flipped.entry'), flipped);
    await truncate(path.join(folder, 'empty.entry'), 0);
    expect((await entriesOf(spool)).map(({ name }) => name)).toEqual(['whole']);
    expect(logger.errors).toHaveLength(3);
    expect((await listing(folder)).filter((name) => name.endsWith('.damaged'))).toHaveLength(3);
    expect((await entriesOf(spool)).map(({ name }) => name)).toEqual(['whole']);
  });

  it('goes on where an entry is removed while it is read', async () => {
    const spool = await open(await temporaryFolder());
    for (const name of ['a', 'b', 'c']) await spool.put(name, Buffer.alloc(1), {});
    const seen = [];
    for await (const { name } of spool.entries()) {
      seen.push(name);
      for (const each of ['a', 'b', 'c']) await spool.remove(each);
    }
    expect(seen).toHaveLength(1);
  });

  it('says so when its folder is gone', async () => {
    const folder = path.join(await temporaryFolder(), 'spool');
    const spool = await open(folder);
    await rm(folder, { recursive: true });
    await expect(spool.put('7-1', Buffer.alloc(1), {})).rejects.toThrow(SpoolError);
    await expect(entriesOf(spool)).rejects.toThrow(SpoolError);
  });

  it('says so when the disk is full, keeps nothing of the message, and loses none of the others', async (context) => {
    const disk = await smallDisk(64);
    if (disk === null) return context.skip('needs the right to mount a tmpfs');
    const folder = path.join(disk, 'spool');
    const spool = await open(folder);
    await spool.put('small', Buffer.from('fits'), {});
    const refused = spool.put('large', randomBytes(200_000), {});
    await expect(refused).rejects.toThrow(SpoolError);
    await expect(refused).rejects.toThrow(/cannot spool large: ENOSPC: no space left on device/);
    expect((await entriesOf(spool)).map(({ name }) => name)).toEqual(['small']);
    expect(await listing(folder)).toEqual(['small.entry']);
    await spool.put('another', Buffer.from('fits too'), {});
  });
});
