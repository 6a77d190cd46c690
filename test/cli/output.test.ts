import { describe, expect, it } from 'vitest';
import { duration, painter, safeLines, table } from '../../src/cli/output.js';

const terminal = { isTTY: true, write: () => true };
const pipe = { write: () => true };

describe('painter', () => {
  it('colours on a terminal only, and not where NO_COLOR is set', () => {
    expect(painter(terminal, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(painter(terminal, { NO_COLOR: '1' })('red', 'x')).toBe('x');
    expect(painter(terminal, { NO_COLOR: '' })('red', 'x')).not.toBe('x');
    expect(painter(terminal, { TERM: 'dumb' })('red', 'x')).toBe('x');
    expect(painter(pipe, {})('red', 'x')).toBe('x');
  });
});

describe('table', () => {
  it('pads columns to their widest cell, and leaves no blanks at the end', () => {
    const text = table(['PACKAGE', 'STATUS'], [['hello', 'pass'], ['libxml2-much-longer']], painter(pipe, {}));
    expect(text).toBe('PACKAGE              STATUS\nhello                pass\nlibxml2-much-longer\n');
  });
});

describe('duration', () => {
  it.each([
    [0, '0s'],
    [0.9, '0s'],
    [59, '59s'],
    [60, '1m'],
    [3723, '1h 2m 3s'],
    [3600, '1h'],
    [90_000, '25h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('safeLines', () => {
  it('shows control characters instead of sending them', () => {
    expect(safeLines('a\u001b[2J\r\u0085\u202eb\n\tc')).toBe('a\\u001b[2J\\u000d\\u0085\\u202eb\n\tc');
  });
});
