import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from '../../src/web/format.js';

describe('durations', () => {
  it.each([
    [0, '0s'],
    [0.4, '0s'],
    [59.6, '1m'],
    [61, '1m 1s'],
    [3600, '1h'],
    [3723, '1h 2m 3s'],
    [100_000, '27h 46m 40s'],
    [-5, '0s'],
  ])('of %d seconds read %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [20_000_000, '20 MB'],
    [5e12, '5000 GB'],
  ])('of %d bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
