import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as rules from '../../src/domain/rules.js';
import type { Rule } from '../../src/domain/rules.js';

const neverNames = [
  '',
  '.',
  '..',
  'a/b',
  '../a',
  '/a',
  'a\0',
  'a\n',
  ' a',
  'a b',
  'A',
  '-a',
  '.a',
  '+a',
  'ä',
  'a_b',
  '*',
];
const neverLines = [
  'a\nb',
  'a\rb',
  'a\0',
  '\u001b[31m',
  'a\u0085',
  'a\u009b',
  'a\u2028b',
  'a\u202eb',
  'a\u2066',
  '\ud800',
];
const neverIntegers = [-1, 0.5, NaN, Infinity, '5', 2 ** 53];

const table: Readonly<Record<string, { rule: Rule; good: readonly unknown[]; bad: readonly unknown[] }>> = {
  packageName: {
    rule: rules.packageName,
    good: ['hello', 'libxml2', 'g++-14', '0ad', 'a1', 'x'.repeat(128), 'gtk+3.0'],
    bad: [...neverNames, 'a', 'src:hello', 'x'.repeat(129)],
  },
  pinnedPackage: {
    rule: rules.pinnedPackage,
    good: ['libc6', 'src:glibc', 'src:g++-14'],
    bad: [...neverNames, 'src:', 'src:a', 'src:src:glibc', 'bin:glibc', 'src:../x', 'src: glibc'],
  },
  suiteName: {
    rule: rules.suiteName,
    good: ['unstable', 'trixie-backports', 'sid', '2', 'x'.repeat(64)],
    bad: [...neverNames, 'trixie/updates', 'x'.repeat(65)],
  },
  archName: {
    rule: rules.archName,
    good: ['amd64', 'arm64', 'hurd-i386', 'x'.repeat(32)],
    bad: [...neverNames, 'a.b', 'a+b', 'x'.repeat(33)],
  },
  backendName: {
    rule: rules.backendName,
    good: ['lxc', 'incus-lxc', 'unshare', 'x'.repeat(32)],
    bad: [...neverNames, 'a.b', 'a+b', '--user=root', 'x'.repeat(33)],
  },
  variantName: {
    rule: rules.variantName,
    good: ['big', 'no-internet', 'x'.repeat(64)],
    bad: [...neverNames, '--user=root', 'x'.repeat(65)],
  },
  packageVersion: {
    rule: rules.packageVersion,
    good: ['2.10-3', '1:2.3~rc1+dfsg-4+b1', '0', '20260101T000000Z'],
    bad: ['', '.', '..', '../1', '1/2', '1 2', '-1', '1_2', '1\n', '1\0', 'x'.repeat(257)],
  },
  priority: { rule: rules.priority, good: [0, 5, 10], bad: [...neverIntegers, 11] },
  runId: { rule: rules.runId, good: [1, Number.MAX_SAFE_INTEGER], bad: [...neverIntegers, 0] },
  attempt: { rule: rules.attempt, good: [1, 3], bad: [...neverIntegers, 0] },
  trigger: {
    rule: rules.trigger,
    good: ['', 'glibc/2.42-1', '<b>&"\'</b>', 'ünï 😀', 'x'.repeat(512), '😀'.repeat(512)],
    bad: [...neverLines, 'x'.repeat(513)],
  },
  requestor: { rule: rules.requestor, good: ['ann@example.org'], bad: [...neverLines, 'x'.repeat(257)] },
  workerName: { rule: rules.workerName, good: ['ci-worker-01'], bad: [...neverLines, 'x'.repeat(257)] },
  reason: { rule: rules.reason, good: ['no longer needed'], bad: [...neverLines, 'x'.repeat(513)] },
  signingKey: {
    rule: rules.signingKey,
    good: ['-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQGN\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n', 'mQGNBGA='],
    bad: [
      '',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nx\n-----END PGP PRIVATE KEY BLOCK-----\n',
      'ü',
      'a'.repeat(65537),
    ],
  },
  keyId: {
    rule: rules.keyId,
    good: ['0123456789abcdef'],
    bad: ['', '0123456789abcde', '0123456789ABCDEF', 'g'.repeat(16)],
  },
  sha256: { rule: rules.sha256, good: ['0'.repeat(64)], bad: ['', '0'.repeat(63), 'A'.repeat(64)] },
  aptSourceEntry: {
    rule: rules.aptSourceEntry,
    good: [
      'deb http://deb.example.org/debian unstable main',
      'deb [trusted=yes] http://deb.example.org/ ./\ndeb-src http://deb.example.org/ ./\n',
    ],
    bad: [
      '',
      '\n',
      'deb',
      'deb ',
      'rpm http://deb.example.org/',
      'deb http://deb.example.org/ ./\n\nTypes: deb',
      'deb http://deb.example.org/ ./\r\n',
      'deb http://deb.example.org/\0',
      `deb ${'x'.repeat(4096)}`,
    ],
  },
};

const notText = [undefined, null, true, {}, [], ['hello'], Symbol('a'), () => 'hello'];

describe.each(Object.entries(table))('the rule for %s', (_, { rule, good, bad }) => {
  it.each(good)('accepts %j', (value) => {
    expect(rule.accepts(value)).toBe(true);
  });

  it.each(bad)('refuses %j', (value) => {
    expect(rule.accepts(value)).toBe(false);
  });

  it('refuses what is neither text nor number, and says what it allows', () => {
    for (const value of notText) expect(rule.accepts(value)).toBe(false);
    expect(rule.allowed).toMatch(/\w+ \w+/);
  });
});

it('the rule for yes or no accepts nothing else', () => {
  expect([true, false].every((value) => rules.yesOrNo.accepts(value))).toBe(true);
  expect(['true', 0, 1, '', null, undefined].some((value) => rules.yesOrNo.accepts(value))).toBe(false);
});

it('every rule for text and numbers is in the table', () => {
  const all = Object.entries(rules).filter(
    ([name, value]) => typeof value === 'object' && 'accepts' in value && name !== 'yesOrNo',
  );
  expect(Object.keys(table).sort()).toEqual(all.map(([name]) => name).sort());
});

describe('what a rule for names accepts is safe as a part of a path, a subject and a command line', () => {
  const { packageName, pinnedPackage, suiteName, archName, backendName, variantName, packageVersion } = rules;
  const names = { packageName, pinnedPackage, suiteName, archName, backendName, variantName, packageVersion };
  /** Text of the characters that matter, often with a beginning that is accepted. */
  const texts = fc
    .tuple(
      fc.constantFrom('', 'a', 'ab', 'src:', 'src:ab'),
      fc.string({ unit: fc.constantFrom(...Array.from('a0./\\\0~+:-_ \n%')) }),
    )
    .map((parts) => parts.join(''));

  it.each(Object.entries(names))('%s', (_, rule) => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: 'binary' })), (text) => {
        seen[rule.accepts(text) ? 'accepted' : 'refused'] += 1;
        fc.pre(rule.accepts(text));
        expect(text).not.toMatch(/[/\\\0\s%*]/);
        expect(['', '.', '..']).not.toContain(text);
        expect(text).not.toMatch(/^[-.~]/);
      }),
      { numRuns: 300, maxSkipsPerRun: 200 },
    );
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(0);
  });
});
