import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join('src', name), 'utf8'));

const used = new Set(sources.flatMap((text) => [...text.matchAll(/'(E_[A-Z_]+)'/g)].map(([, code]) => code!)));

const rows = readFileSync('docs/errors.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('docs/errors.md', () => {
  it.each([...used].sort())('has a row for %s', (code) => {
    expect(rows.filter(([, first]) => first === `\`${code}\``)).toHaveLength(1);
  });

  it('says in each row what the CLI ends with, what it means and what to do', () => {
    for (const [, code, exit, meaning, remedy] of rows) {
      expect([code, exit], code).toEqual([code, expect.stringMatching(/^[12]$/)]);
      expect(meaning, code).not.toBe('');
      expect(remedy, code).not.toBe('');
    }
  });

  it('is sorted', () => {
    const codes = rows.map(([, code]) => code);
    expect(codes).toEqual([...codes].sort());
  });
});
