import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadSubjectError } from '../../src/domain/ports/message-bus.js';
import { assertGroup, assertPattern, assertSubject, matches } from '../../src/domain/subjects.js';

const token = fc.stringMatching(/^[ab]{1,2}$/);
const subject = fc.array(token, { minLength: 1, maxLength: 5 });
const pattern = fc
  .tuple(fc.array(fc.oneof(token, fc.constant('*')), { maxLength: 4 }), fc.oneof(token, fc.constantFrom('*', '>')))
  .map(([head, last]) => [...head, last]);

/** The rule, token by token, as slow and plain as it can be said. */
function naive(wanted: readonly string[], given: readonly string[]): boolean {
  const [first, ...rest] = wanted;
  const [head, ...tail] = given;
  if (first === undefined || head === undefined) return first === undefined && head === undefined;
  if (first === '>') return rest.length === 0;
  return (first === '*' || first === head) && naive(rest, tail);
}

describe('a pattern', () => {
  it('matches what the rule read token by token matches', () => {
    fc.assert(
      fc.property(pattern, subject, (wanted, given) => {
        expect(matches(wanted.join('.'), given.join('.'))).toBe(naive(wanted, given));
      }),
      { numRuns: 2000 },
    );
  });

  it('that is a plain subject matches that subject only', () => {
    fc.assert(
      fc.property(subject, subject, (a, b) => {
        expect(matches(a.join('.'), b.join('.'))).toBe(a.join('.') === b.join('.'));
      }),
    );
  });

  it.each(['a', 'a.b', '*', '>', 'a.*', '*.b', 'a.>', '*.>', 'debci.tests.amd64.incus-lxc', 'g++._A-9'])(
    '%j is well formed',
    (text) => {
      expect(() => {
        assertPattern(text);
      }).not.toThrow();
    },
  );

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a b',
    'a*',
    '*a',
    '>.a',
    'a.>.b',
    'a>',
    '#',
    'a.#',
    'ä',
    'a\n',
    'a'.repeat(201),
  ])('%j is not well formed', (text) => {
    expect(() => {
      assertPattern(text);
    }).toThrow(BadSubjectError);
  });
});

describe('a subject', () => {
  it('is every pattern without wildcards, and nothing else', () => {
    fc.assert(
      fc.property(pattern, (tokens) => {
        const text = tokens.join('.');
        const check = (): void => {
          assertSubject(text);
        };
        if (/[*>]/.test(text)) expect(check).toThrow(BadSubjectError);
        else expect(check).not.toThrow();
      }),
    );
  });
});

describe('a group', () => {
  it.each(['', 'a.b', '*', '>', 'a'.repeat(41)])('cannot be called %j', (text) => {
    expect(() => {
      assertGroup(text);
    }).toThrow(BadSubjectError);
  });
});
