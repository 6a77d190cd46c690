import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChainResolver } from '../../../src/domain/archive/chain.js';
import type { Needs } from '../../../src/domain/archive/relations.js';
import { chainOf, realIndices, snapshotOf, withVersion } from '../../support/packages.js';

const SOURCE = 'Package: tested\nVersion: 1\nTestsuite: autopkgtest\n';

/** A package `tested` with these dependencies, beside others: `name: Field: value; Field: value`. */
async function chain(
  depends: string,
  others: Readonly<Record<string, string>>,
  options: { triggers?: string; recommends?: boolean } = {},
) {
  const stanza = ([name, fields]: [string, string]): string =>
    [
      `Package: ${name}`,
      ...(/(^|;\s*)Version:/.test(fields) ? [] : ['Version: 1']),
      ...fields.split(/;\s*/).filter((f) => f !== ''),
    ].join('\n');
  const packages = Object.entries({ tested: depends, ...others })
    .map(stanza)
    .join('\n\n');
  const sources = SOURCE + (options.triggers === undefined ? '' : `Testsuite-Triggers: ${options.triggers}\n`);
  const snapshot = await snapshotOf({ packages, sources }, options.recommends);
  return chainOf(snapshot, 'tested').filter((name) => name !== 'tested');
}

describe('a chain of dependencies', () => {
  it('goes on to the last dependency, Pre-Depends included, and round in circles but once', async () => {
    const others = { a: 'Pre-Depends: b', b: 'Depends: c', c: 'Depends: a, tested', d: '' };
    expect(await chain('Depends: a', others)).toEqual(['a', 'b', 'c']);
  });

  it('takes the first alternative that can be had', async () => {
    expect(await chain('Depends: a | b', { a: '', b: '' })).toEqual(['a']);
    expect(await chain('Depends: nothing | b', { b: '' })).toEqual(['b']);
    expect(await chain('Depends: a (>= 2) | b', { a: '', b: '' })).toEqual(['b']);
    expect(await chain('Depends: a | b', { a: 'Depends: nothing', b: '' })).toEqual(['b']);
  });

  it('takes an alternative that is there already before the first', async () => {
    expect(await chain('Depends: b, a | b', { a: '', b: '' })).toEqual(['b']);
  });

  it('takes no alternative that conflicts with what is there, from either side', async () => {
    expect(await chain('Depends: x, a | b', { a: 'Conflicts: x', b: '', x: '' })).toEqual(['b', 'x']);
    expect(await chain('Depends: x, a | b', { a: '', b: '', x: 'Breaks: a (<< 2)' })).toEqual(['b', 'x']);
    expect(await chain('Depends: x, a | b', { a: '', b: '', x: 'Breaks: a (<< 1)' })).toEqual(['a', 'x']);
  });

  it('does not mind that a package conflicts with what it provides itself', async () => {
    expect(await chain('Depends: mta', { a: 'Provides: mta; Conflicts: mta' })).toEqual(['a']);
  });

  it('meets a virtual package by what provides it, the higher priority first', async () => {
    const both = { a: 'Provides: v; Priority: optional', b: 'Provides: v; Priority: important' };
    expect(await chain('Depends: v', both)).toEqual(['b']);
    expect(await chain('Depends: a, v', both)).toEqual(['a']);
  });

  it('takes the package itself before what provides its name', async () => {
    expect(await chain('Depends: v', { a: 'Provides: v; Priority: required', v: '' })).toEqual(['v']);
  });

  it('meets a version by a provided one that has a version, and by no other', async () => {
    expect(await chain('Depends: v (>= 2) | b', { a: 'Provides: v', b: '' })).toEqual(['b']);
    expect(await chain('Depends: v (>= 2) | b', { a: 'Provides: v (= 2.1)', b: '' })).toEqual(['a']);
    expect(await chain('Depends: v (>= 2) | b', { a: 'Provides: v (= 1.9)', b: '' })).toEqual(['b']);
  });

  it('heeds what dependencies say of architectures', async () => {
    const others = { a: 'Multi-Arch: allowed', b: '', c: 'Multi-Arch: foreign' };
    expect(await chain('Depends: a:any', others)).toEqual(['a']);
    expect(await chain('Depends: c:any | b', others)).toEqual(['b']);
    expect(await chain('Depends: a:native', others)).toEqual(['a']);
    expect(await chain('Depends: a:amd64', others)).toEqual(['a']);
    expect(await chain('Depends: a:i386 | b', others)).toEqual(['b']);
    expect(await chain('Depends: a [armel] | b', others)).toEqual(['b']);
  });

  it('holds recommended packages where that is asked for, if they can be had', async () => {
    const others = { a: 'Recommends: b, nothing', b: '' };
    expect(await chain('Depends: a', others)).toEqual(['a']);
    expect(await chain('Depends: a', others, { recommends: true })).toEqual(['a', 'b']);
  });

  it('holds what the tests need beside, be it virtual or not there', async () => {
    const options = { triggers: 'a, v, nothing' };
    expect(await chain('', { a: '', b: 'Provides: v' }, options)).toEqual(['a', 'b']);
  });

  it('holds all that the source builds, though they conflict', async () => {
    const packages =
      'Package: a\nSource: tested (2)\nVersion: 1\nConflicts: b\n\nPackage: b\nSource: tested\nVersion: 1\n';
    expect(chainOf(await snapshotOf({ packages, sources: SOURCE }), 'tested')).toEqual(['a', 'b']);
  });

  it('is of the newest version of each package', async () => {
    const packages = ['1', '10', '9'].map(
      (v) => `Package: tested\nVersion: ${v}\nDepends: dep-${v}\n\nPackage: dep-${v}\nVersion: 1\n`,
    );
    expect(chainOf(await snapshotOf({ packages: packages.join('\n'), sources: SOURCE }), 'tested')).toEqual([
      'dep-10',
      'tested',
    ]);
  });

  it('is that of apt for real packages', async () => {
    const snapshot = await snapshotOf(realIndices());
    expect(chainOf(snapshot, 'hello')).toEqual(['gcc-12-base', 'hello', 'libc6', 'libgcc-s1']);
    expect(chainOf(snapshot, 'libidn2')).toContain('man-db');
    expect(chainOf(snapshot, 'colors.js')).toEqual(['node-colors']);
  });

  it('changes with a version that no longer meets a constraint', async () => {
    const { packages, sources } = realIndices();
    const old = await snapshotOf({ packages: withVersion(packages, 'libc6', '2.0'), sources });
    expect(chainOf(old, 'hello')).toEqual(['hello']);
  });
});

describe('chains of any packages', () => {
  const choice = (size: number) => fc.uniqueArray(fc.nat(size - 1), { maxLength: 3 });
  const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.array(fc.record({ required: fc.array(choice(size), { maxLength: 3 }), conflicts: choice(size) }), {
      minLength: size,
      maxLength: size,
    }),
  );
  const resolver = (nodes: readonly Omit<Needs, 'recommended'>[]): ChainResolver =>
    new ChainResolver({ size: nodes.length, needs: (id) => ({ ...nodes[id]!, recommended: [] }) }, false);

  it('lack nothing, but what a root cannot have', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const members = new Set(resolver(nodes).resolve([0]));
        for (const id of members) {
          if (id === 0) continue;
          for (const one of nodes[id]!.required) expect(one.some((other) => members.has(other))).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('do not depend on the chains that were resolved before', () => {
    fc.assert(
      fc.property(graph, fc.array(fc.nat(11), { maxLength: 5 }), (nodes, before) => {
        const used = resolver(nodes);
        for (const root of before) used.resolve([root % nodes.length]);
        expect([...used.resolve([0])]).toEqual([...resolver(nodes).resolve([0])]);
      }),
    );
  });

  it('end, however deep they are', () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) => ({ required: i < 99_999 ? [[i + 1]] : [], conflicts: [] }));
    expect(resolver(nodes).resolve([0])).toContain(0);
  });
});
