import { describe, expect, it } from 'vitest';
import { asOf, parseAsOf } from '../../src/domain/as-of.js';

describe('the moment of a question', () => {
  it.each([
    ['2026-05-01', '2026-05-01T23:59:59.999Z'],
    ['2026-05-01T12:34', '2026-05-01T12:34:00.000Z'],
    ['2026-05-01 12:34:56', '2026-05-01T12:34:56.000Z'],
    ['2026-05-01T12:34:56.7Z', '2026-05-01T12:34:56.700Z'],
    ['2026-05-01T01:00:00+02:00', '2026-04-30T23:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseAsOf(text)).toBe(instant);
  });

  it.each(['', 'now', '2026', '2026-02-30', '2026-13-01', '2026-05-01T25:00', '2026-05-01T12:00:00X', '05/01/2026'])(
    '%j is none',
    (text) => {
      expect(parseAsOf(text)).toBeNull();
      expect(asOf.accepts(text)).toBe(false);
    },
  );
});
