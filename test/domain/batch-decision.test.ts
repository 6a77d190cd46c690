import { describe, expect, it } from 'vitest';
import { changesBetween, ownMember } from '../../src/domain/archive/changes.js';
import { decideBatch, reasonText, type Known } from '../../src/domain/batch-decision.js';
import { trigger } from '../../src/domain/rules.js';

const NOW = new Date('2026-11-24T12:00:00.000Z');
const PASSED: Known = {
  rejected: null,
  pending: false,
  lastRun: { runId: 7, status: 'pass', endedAt: '2026-11-20T12:00:00.000Z', durationSeconds: 30 },
  changes: [],
  uploaded: false,
};
const LIBC = { package: 'libc6', from: '2.36-9', to: '2.36-10' };
const why = (known: Partial<Known>, force = false): string => decideBatch({ ...PASSED, ...known }, NOW, force).why;
const text = (known: Partial<Known>, force = false): string => {
  const decision = decideBatch({ ...PASSED, ...known }, NOW, force);
  return decision.run ? reasonText(decision) : decision.why;
};

describe('batch asks for a run', () => {
  it.each([
    ['never tested', { lastRun: null }, 'never tested'],
    ['the last run was a tmpfail', { lastRun: { ...PASSED.lastRun!, status: 'tmpfail' as const } }, 'tmpfail'],
    [
      'recently uploaded: hello 2.10-2 → 2.10-3',
      { changes: [{ package: 'hello', from: '2.10-2', to: '2.10-3' }], uploaded: true },
      'uploaded',
    ],
    ['libc6 2.36-9 → 2.36-10', { changes: [LIBC] }, 'changed'],
    [
      'a 1 is gone, b 2 is new',
      {
        changes: [
          { package: 'a', from: '1', to: null },
          { package: 'b', from: null, to: '2' },
        ],
      },
      'changed',
    ],
    ['what the last run saw is not known', { changes: null }, 'chain unknown'],
    [
      'the last run is older than a month',
      { lastRun: { ...PASSED.lastRun!, endedAt: '2026-10-20T12:00:00.000Z' } },
      'old',
    ],
  ] as const)('%s', (reason, known, expected) => {
    expect(why(known)).toBe(expected);
    expect(text(known)).toBe(reason);
  });

  it('where it is forced, and then says also what changed', () => {
    expect(why({}, true)).toBe('forced');
    expect(decideBatch({ ...PASSED, changes: [LIBC] }, NOW, true)).toEqual({
      run: true,
      why: 'forced',
      changes: [LIBC],
    });
  });

  it('not where nothing changed since a result that counts and is not a month old', () => {
    for (const status of ['pass', 'fail', 'neutral'] as const) {
      expect(why({ lastRun: { ...PASSED.lastRun!, status } })).toBe('unchanged');
    }
    expect(why({ lastRun: { ...PASSED.lastRun!, endedAt: '2026-10-25T13:00:00.000Z' } })).toBe('unchanged');
  });

  it.each([false, true])('never of what is pending or rejected (forced: %s)', (force) => {
    expect(why({ pending: true, lastRun: null }, force)).toBe('pending');
    expect(why({ rejected: { reason: 'breaks the testbed' }, lastRun: null }, force)).toBe('rejected');
  });

  it('with a reason that fits into a trigger, whatever has changed', () => {
    const many = Array.from({ length: 500 }, (_, i) => ({ package: `package-${i}`, from: '1', to: '2' }));
    expect(text({ changes: many })).toMatch(/^package-0 1 → 2, .* and \d+ more$/);
    expect(trigger.accepts(text({ changes: many }))).toBe(true);
    const long = [{ package: 'p'.repeat(128), from: '1'.repeat(256), to: '2'.repeat(256) }];
    expect(text({ changes: long })).toBe('and 1 more');
  });
});

describe('what differs between two chains', () => {
  it('is told by name, the package itself first', () => {
    const then = [
      ownMember('hello', '2.10-2'),
      { name: 'zlib1g', version: '1' },
      { name: 'libc6', version: '2.36-9' },
      { name: 'old', version: '1' },
    ];
    const now = [
      { name: 'libc6', version: '2.36-10' },
      { name: 'new', version: '3' },
      ownMember('hello', '2.10-3'),
      { name: 'zlib1g', version: '1' },
    ];
    expect(changesBetween(then, now)).toEqual([
      { package: 'hello', from: '2.10-2', to: '2.10-3' },
      LIBC,
      { package: 'new', from: null, to: '3' },
      { package: 'old', from: '1', to: null },
    ]);
  });

  it('is nothing where nothing does', () => {
    const chain = [ownMember('hello', '1'), { name: 'hello', version: '1' }];
    expect(changesBetween(chain, chain)).toEqual([]);
  });
});
