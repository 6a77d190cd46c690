import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Config, WITHOUT_EFFECT } from '../../src/cli/config/config.js';
import { loadConfig } from '../../src/cli/config/load.js';

const rows = readFileSync('docs/settings.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `debci_'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, name = '', fallback = '', meaning = '']) => ({ name, fallback, meaning }));

const rowOf = (key: string): (typeof rows)[number] | undefined =>
  rows.find(({ name }) => name.replace(' ¹', '') === `\`debci_${key}\``);

const dir = '/nonexistent';
const { config } = await loadConfig({
  dir,
  dirNamed: false,
  env: {},
  flags: [],
  hostArch: () => Promise.resolve('amd64'),
});
/** Those that depend on nothing. */
const fixedDefaults = new Map<string, unknown>(Object.entries(new Config()));

describe('docs/settings.md', () => {
  it.each(Object.keys(config))('has a row for %s, with its default', (key) => {
    const fallback = fixedDefaults.get(key);
    const row = rowOf(key);
    expect(row?.meaning).toBeTruthy();
    const fixed = typeof fallback === 'string' || typeof fallback === 'number' || typeof fallback === 'boolean';
    if (fixed) expect(row?.fallback).toBe(`\`${fallback}\``);
    expect(row?.meaning.startsWith('no effect')).toBe(WITHOUT_EFFECT.has(key));
  });

  it('names nothing else, in order', () => {
    const names = rows.map(({ name }) => name.replaceAll(/[` ¹]/g, ''));
    expect(names).toEqual([...names].sort());
    expect(names).toHaveLength(Object.keys(config).length + 1);
  });
});
