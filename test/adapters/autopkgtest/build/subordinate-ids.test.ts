import { describe, expect, it } from 'vitest';

import { freeRange, parseRanges } from '../../../../src/adapters/autopkgtest/build/subordinate-ids.js';

describe('subordinate ids', () => {
  it('begin where Debian begins, on a machine that has given none', () => {
    expect(freeRange(parseRanges(''))).toBe('100000-165535');
  });

  it('lie behind all that are given, so that no two users share one', () => {
    const taken = parseRanges('alice:100000:65536\nbob:231072:65536\n\nbroken\ncarol:165536:65536\n');
    expect(taken).toHaveLength(3);
    expect(freeRange(taken)).toBe('296608-362143');
  });
});
