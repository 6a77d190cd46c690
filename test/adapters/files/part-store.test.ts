import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FilePartStore, type FilePartStoreOptions } from '../../../src/adapters/files/part-store.js';
import { ArtifactsUnavailableError, BrokenResultError } from '../../../src/domain/ports/artifact-store.js';
import type { PartKey, WholeResult } from '../../../src/domain/ports/part-store.js';
import { smallDisk } from '../../support/small-disk.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

interface Part {
  readonly key: PartKey;
  readonly body: Buffer;
}

function partsOf(...bodies: Buffer[]): Part[] {
  const sha256 = createHash('sha256').update(Buffer.concat(bodies)).digest('hex');
  return bodies.map((body, n) => ({ key: { sha256, index: n + 1, count: bodies.length }, body }));
}

async function storeIn(folder: string, options: Partial<FilePartStoreOptions> = {}): Promise<FilePartStore> {
  return FilePartStore.open({ folder, clock: { now: () => new Date() }, ...options });
}

async function bytesOf(whole: WholeResult): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of whole.content()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('the store of parts', () => {
  it('gives the whole when the last part has come, in whatever order and however often parts come', async () => {
    const folder = await temporaryFolder();
    const orders = fc
      .integer({ min: 1, max: 6 })
      .chain((count) =>
        fc.tuple(
          fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
          fc.array(fc.nat(count - 1), { maxLength: 4 }),
          fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: count, maxLength: count }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(orders, async ([order, repeated, bodies]) => {
        const parts = partsOf(...bodies.map((body) => Buffer.from(body)));
        const last = parts[order.at(-1)!]!;
        for (const index of [...order.slice(0, -1), ...repeated.filter((n) => n !== order.at(-1))]) {
          // A new one each time: nothing is known but what lies on the disk.
          expect(await (await storeIn(folder)).add(parts[index]!.key, parts[index]!.body)).toBeNull();
        }
        const whole = await (await storeIn(folder)).add(last.key, last.body);
        expect((await bytesOf(whole!)).equals(Buffer.concat(bodies))).toBe(true);
        await whole!.forget();
        expect(readdirSync(folder)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('gives the whole again while it was not forgotten: the collector died over it', async () => {
    const folder = await temporaryFolder();
    const [first, second] = partsOf(Buffer.from('one'), Buffer.from('two'));
    const store = await storeIn(folder);
    await store.add(first!.key, first!.body);
    await store.add(second!.key, second!.body);
    const again = await (await storeIn(folder)).add(second!.key, second!.body);
    expect((await bytesOf(again!)).toString()).toBe('onetwo');
  });

  it('forgets what there is of a whole, when told so', async () => {
    const folder = await temporaryFolder();
    const store = await storeIn(folder);
    const [first] = partsOf(Buffer.from('one'), Buffer.from('two'));
    await store.add(first!.key, first!.body);
    await store.forget(first!.key);
    await store.forget(first!.key);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses and forgets parts that do not make up what they name', async () => {
    const folder = await temporaryFolder();
    const [first, second] = partsOf(Buffer.from('one'), Buffer.from('two'));
    const store = await storeIn(folder);
    await store.add(first!.key, Buffer.from('another'));
    await expect(store.add(second!.key, second!.body)).rejects.toThrow(BrokenResultError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('forgets what has waited too long', async () => {
    const folder = await temporaryFolder();
    const clock = { time: Date.now(), now: (): Date => new Date(clock.time) };
    const store = await storeIn(folder, { clock, patienceMs: 60_000 });
    const [old] = partsOf(Buffer.from('one'), Buffer.from('two'));
    const [young, last] = partsOf(Buffer.from('three'), Buffer.from('four'));
    await store.add(old!.key, old!.body);
    clock.time += 59_000;
    await store.add(young!.key, young!.body);
    expect(readdirSync(folder)).toHaveLength(2);
    clock.time += 2_000;
    expect(await store.add(last!.key, last!.body)).not.toBeNull();
    expect(readdirSync(folder)).toEqual([`${young!.key.sha256}-2`]);
  });

  it('does not count the time for which it was closed: the other parts wait at the broker', async () => {
    const folder = await temporaryFolder();
    const clock = { time: Date.now(), now: (): Date => new Date(clock.time) };
    const [first, last] = partsOf(Buffer.from('one'), Buffer.from('two'));
    const [other] = partsOf(Buffer.from('three'), Buffer.from('four'));
    await (await storeIn(folder, { clock })).add(first!.key, first!.body);
    clock.time += 24 * 3_600_000;
    const again = await storeIn(folder, { clock });
    await again.add(other!.key, other!.body);
    expect(await again.add(last!.key, last!.body)).not.toBeNull();
  });

  it.each([
    ['incomplete results', { maxOpen: 2 }],
    ['bytes', { maxBytes: 250 }],
  ])('keeps no more %s than it may: the oldest go', async (_, options) => {
    const folder = await temporaryFolder();
    const clock = { time: Date.now(), now: (): Date => new Date(clock.time++) };
    const store = await storeIn(folder, { ...options, clock });
    const firsts = [1, 2, 3, 4].map((n) => partsOf(Buffer.alloc(100, n), Buffer.alloc(100, -n))[0]!);
    for (const { key, body } of firsts) await store.add(key, body);
    expect(readdirSync(folder).sort()).toEqual(
      firsts
        .slice(2)
        .map(({ key }) => `${key.sha256}-2`)
        .sort(),
    );
  });

  it('says where its disk is full, and keeps nothing half-written', async ({ skip }) => {
    const disk = await smallDisk(256);
    if (disk === null) return skip('this process may not mount a disk');
    const folder = path.join(disk, 'parts');
    await mkdir(folder);
    const store = await storeIn(folder);
    const [first] = partsOf(Buffer.alloc(1024 * 1024), Buffer.from('end'));
    await expect(store.add(first!.key, first!.body)).rejects.toThrow(ArtifactsUnavailableError);
    expect(readdirSync(path.join(folder, `${first!.key.sha256}-2`))).toEqual([]);
  });
});
