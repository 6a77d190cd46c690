import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions, satisfies } from '../../src/domain/debian-version.js';

type Pair = readonly [string, string];

const SEED = 20261124;
const REAL = readFileSync(new URL('../fixtures/archive/versions.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

/** Real versions of Debian, half of the pairs neighbours in the alphabet, so that they differ late. */
function realPairs(count: number): Pair[] {
  const index = fc.nat(REAL.length - 1);
  const pair = fc
    .tuple(index, index, fc.boolean())
    .map(([a, b, close]) => [REAL[a]!, REAL[close ? Math.min(a + 1 + (b % 3), REAL.length - 1) : b]!] as const);
  return fc.sample(pair, { numRuns: count, seed: SEED });
}

/** Valid versions (deb-version(7)) made of what is hard to compare. */
const nasty = (() => {
  const number = fc.constantFrom(
    '0',
    '00',
    '1',
    '01',
    '9',
    '10',
    '010',
    '99999999999999999999',
    '100000000000000000000',
  );
  const word = fc.constantFrom('a', 'Z', 'z', '~', '~~', '~a', '.', '+', '+b', '.~', 'rc', '~rc', 'a~', '++', '.0');
  const parts = fc.array(fc.oneof(number, word), { maxLength: 5 }).map((all) => all.join(''));
  const upstream = fc.tuple(number, parts).map(([first, rest]) => first + rest);
  return fc
    .record({
      epoch: fc.option(fc.constantFrom('0:', '00:', '1:', '2:', '10:'), { nil: '' }),
      upstream: fc.oneof(
        upstream,
        fc.tuple(upstream, upstream).map(([a, b]) => `${a}-${b}`),
      ),
      revision: fc.option(
        fc.oneof(
          upstream,
          parts.filter((p) => p !== ''),
        ),
        { nil: '' },
      ),
    })
    .map(({ epoch, upstream: u, revision }) => epoch + u + (revision === '' ? '' : `-${revision}`));
})();

function nastyPairs(count: number): Pair[] {
  const related = fc.tuple(nasty, fc.constantFrom('~', '0', 'a', '+', '.')).map(([v, end]) => [v, v + end] as const);
  return fc.sample(fc.oneof(fc.tuple(nasty, nasty), related), { numRuns: count, seed: SEED });
}

const SCRIPT = 'while IFS="\t" read -r a op b; do dpkg --compare-versions "$a" "$op" "$b"; echo $?; done';

/** Those of our answers that dpkg does not share. One shell asks dpkg for all, which takes a millisecond each. */
async function disputed(pairs: readonly Pair[]): Promise<string[]> {
  const asked = pairs.map(([a, b]) => {
    const order = compareVersions(a, b);
    return `${a}\t${order < 0 ? 'lt' : order > 0 ? 'gt' : 'eq'}\t${b}`;
  });
  const shell = spawn('sh', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  shell.stdin.end(`${asked.join('\n')}\n`);
  const answers = (await text(shell.stdout)).trim().split('\n');
  expect(answers).toHaveLength(pairs.length);
  return asked.filter((_, i) => answers[i] !== '0');
}

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;

describe("Debian's order of versions", () => {
  it.skipIf(!hasDpkg && process.env.CI !== 'true')(
    'is that of dpkg --compare-versions, for 10,000 pairs',
    async () => {
      const pairs = [...realPairs(5000), ...nastyPairs(5000)];
      // All three answers come often enough to mean something.
      const orders = pairs.map(([a, b]) => Math.sign(compareVersions(a, b)));
      for (const sign of [-1, 0, 1]) expect(orders.filter((one) => one === sign).length).toBeGreaterThan(50);
      const halves = [pairs.slice(0, 5000), pairs.slice(5000)];
      expect((await Promise.all(halves.map(disputed))).flat()).toEqual([]);
    },
    120_000,
  );

  it('is a total order: it turns round with its sides, and passes on', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        const sorted = [a, b, c].sort(compareVersions);
        expect(compareVersions(sorted[0]!, sorted[2]!)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it.each([
    ['2.36', '>=', '2.36-0', true],
    ['2.36-9', '<<', '2.36-9+deb12u1', true],
    ['1:1.0', '>>', '9.9', true],
    ['1.0~rc1', '<<', '1.0', true],
    ['1.0', '=', '1.0-0', true],
    ['1.0', '<=', '1.0~', false],
  ] as const)('says of %s %s %s: %s', (version, relation, wanted, expected) => {
    expect(satisfies(version, relation, wanted)).toBe(expected);
  });
});
