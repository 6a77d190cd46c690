import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STATUSES, UNEXPECTED_EXIT_CODE, verdict } from '../../src/domain/verdict.js';

describe("Debian's verdict", () => {
  it.each([
    [0, 'pass'],
    [2, 'pass'],
    [4, 'fail'],
    [6, 'fail'],
    [8, 'neutral'],
    [12, 'fail'],
    [14, 'fail'],
    [16, 'tmpfail'],
    [UNEXPECTED_EXIT_CODE, 'tmpfail'],
  ])('on exit code %i is %s', (exitCode, status) => {
    expect(verdict(exitCode).status).toBe(status);
  });

  it('says for each code something of its own', () => {
    const messages = [0, 2, 4, 6, 8, 12, 14, 16, 20, 1, 3].map((code) => verdict(code).message);
    expect(new Set(messages).size).toBe(messages.length);
  });

  it('is tmpfail on every other code', () => {
    const known = [0, 2, 4, 6, 8, 12, 14, 16, 20];
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -1, max: 300 }), fc.double()), (code) => {
        fc.pre(!known.includes(code));
        expect(verdict(code).status).toBe('tmpfail');
      }),
    );
  });

  it('is one of four', () => {
    expect(STATUSES).toEqual(['pass', 'fail', 'neutral', 'tmpfail']);
  });
});
