import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSummary } from '../../../src/adapters/files/summary.js';

describe("autopkgtest's summary", () => {
  it.each([
    ['upstream             PASS', 'upstream', 'PASS', null],
    ['upstream             PASS (superficial)', 'upstream', 'PASS', '(superficial)'],
    ['smoke                FAIL stderr: oh  no', 'smoke', 'FAIL', 'stderr: oh  no'],
    ['smoke                FAIL badpkg', 'smoke', 'FAIL', 'badpkg'],
    ['flaky-one            FLAKY non-zero exit status 1', 'flaky-one', 'FLAKY', 'non-zero exit status 1'],
    ['*                    SKIP no tests in this package', '*', 'SKIP', 'no tests in this package'],
    ['broken               BROKEN unknown restriction', 'broken', 'BROKEN', 'unknown restriction'],
    ['a-name-of-more-than-twenty-letters PASS', 'a-name-of-more-than-twenty-letters', 'PASS', null],
    ['PASS                 FAIL PASS', 'PASS', 'FAIL', 'PASS'],
    ['windows              PASS\r', 'windows', 'PASS', null],
  ])('has the test of the line %j', (line, name, result, detail) => {
    expect(parseSummary(`${line}\n`)).toEqual([{ name, result, detail }]);
  });

  it.each([
    'blame: hello',
    'badpkg: Test dependencies are unsatisfiable.',
    'testbed failure: cannot send to testbed',
    'quitting: unexpected error, see log',
    'erroneous package: rules extract failed with exit code 1',
    'upstream PASSED',
    'upstream',
    '',
  ])('names no test in the line %j', (line) => {
    expect(parseSummary(`${line}\n`)).toEqual([]);
  });

  it('keeps the order, and tests that come twice', () => {
    expect(parseSummary('b  PASS\na  FAIL x\nb  SKIP y').map(({ name }) => name)).toEqual(['b', 'a', 'b']);
  });

  it('has a line that autopkgtest wrote twice once', () => {
    const skipped = 'a  SKIP needs root\nb  SKIP needs a machine\n';
    expect(parseSummary(`${skipped}${skipped}c  PASS\n`).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('is read up to 10,000 tests', () => {
    expect(parseSummary(Array.from({ length: 10_001 }, (_, i) => `a${i} PASS\n`).join(''))).toHaveLength(10_000);
  });

  it('gives names and details that are short and safe to print, whatever it holds', () => {
    const text = fc.string({ unit: 'binary', maxLength: 600 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (lines) => {
        const summary = lines.map(([name, detail]) => `${name} FAIL ${detail}`).join('\n');
        for (const { name, detail } of parseSummary(summary)) {
          for (const shown of [name, detail ?? '']) {
            expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
            expect(Array.from(shown).length).toBeLessThanOrEqual(256);
            expect(shown.isWellFormed()).toBe(true);
          }
        }
      }),
    );
  });

  it('is read fast, however long its lines are', () => {
    const started = performance.now();
    parseSummary(`${'a'.repeat(500_000)}\n${' '.repeat(500_000)}PASS\n`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
