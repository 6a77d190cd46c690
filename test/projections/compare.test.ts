import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/verdict.js';
import { compare } from '../../src/projections/compare.js';
import type { StatusOptions } from '../../src/projections/package-queries.js';
import type { Difference, DifferenceCursor, Page, PackageStatus, Target } from '../../src/projections/views.js';

type Statuses = ReadonlyMap<string, Status | null>;

const ARCHES = ['amd64', 'arm64'];
const NAMES = ['a1', 'b1', 'b1-x', 'c1'];
const keys = ARCHES.flatMap((arch) => NAMES.map((name) => `${arch} ${name}`));

const statuses: fc.Arbitrary<Statuses> = fc
  .array(fc.constantFrom<Status | null | undefined>('pass', 'fail', null, undefined), {
    minLength: keys.length,
    maxLength: keys.length,
  })
  .map((all) => new Map(keys.flatMap((key, index) => (all[index] === undefined ? [] : [[key, all[index]]]))));

/** Gives parts of few items, some of them empty, as questions about the past do. */
class Archive {
  constructor(
    private readonly suites: Readonly<Record<string, Statuses>>,
    private readonly lengths: readonly number[],
  ) {}

  #asked = 0;

  statuses(
    { suite = '', arch }: { suite?: string; arch?: string },
    { after }: StatusOptions,
  ): Page<PackageStatus, Target> {
    const all = [...this.suites[suite]!].map(([key, status]) => {
      const [ofArch = '', name = ''] = key.split(' ');
      return { suite, arch: ofArch, package: name, run: { status } } as unknown as PackageStatus;
    });
    const wanted = all.filter((status) => arch === undefined || status.arch === arch);
    const start = after
      ? wanted.filter((status) => `${status.arch} ${status.package}` <= `${after.arch} ${after.package}`).length
      : 0;
    const length = this.lengths[this.#asked++ % this.lengths.length]!;
    const items = wanted.slice(start, start + length);
    // An empty part goes on after what it has looked at.
    const looked = items.length === 0 ? wanted.slice(start, start + 1) : items;
    const last = looked.at(-1);
    const more = start + looked.length < wanted.length;
    if (items.length === 0 && last && (last.run?.status ?? null) !== null)
      return { items: looked, next: more ? last : null };
    return { items, next: more && last ? last : null };
  }
}

function differences(from: Statuses, to: Statuses): Difference[] {
  return keys.flatMap((key) => {
    const [arch = '', name = ''] = key.split(' ');
    const [a, b] = [from.get(key) ?? null, to.get(key) ?? null];
    return a === b ? [] : [{ arch, package: name, from: a, to: b }];
  });
}

describe('a comparison', () => {
  it('finds each package whose statuses differ, page by page, however its sides come in parts', () => {
    const lengths = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(statuses, statuses, lengths, fc.integer({ min: 1, max: 3 }), (from, to, parts, limit) => {
        const archive = new Archive({ from, to }, parts);
        const found: Difference[] = [];
        let pages = 0;
        for (let after: DifferenceCursor | null | undefined; after !== null; pages++) {
          const query = { from: { suite: 'from' }, to: { suite: 'to' }, limit, ...(after && { after }) };
          const { items, next } = compare(archive, query);
          expect(items.length).toBeLessThanOrEqual(limit);
          found.push(...items);
          after = next;
        }
        expect(found).toEqual(differences(from, to));
        expect(pages).toBeLessThan(50);
      }),
    );
  });

  it('of one architecture looks at no other', () => {
    const from: Statuses = new Map([
      ['amd64 a1', 'pass'],
      ['arm64 a1', 'pass'],
    ]);
    const archive = new Archive({ from, to: new Map() }, [2]);
    const query = { from: { suite: 'from' }, to: { suite: 'to' }, arch: 'arm64', limit: 9 };
    expect(compare(archive, query)).toEqual({
      items: [{ arch: 'arm64', package: 'a1', from: 'pass', to: null }],
      next: null,
    });
  });

  it('gives up looking after a while, and goes on from there', () => {
    const many: Statuses = new Map(
      Array.from({ length: 200 }, (_, n) => [`amd64 p${String(n).padStart(3, '0')}`, 'pass']),
    );
    const archive = new Archive({ from: many, to: many }, [5]);
    const query = { from: { suite: 'from' }, to: { suite: 'to' }, limit: 9 };
    const first = compare(archive, query);
    expect(first.items).toEqual([]);
    expect(first.next).toEqual({ arch: 'amd64', package: 'p039' });
  });
});
