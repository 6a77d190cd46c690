import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stanzas } from '../../../src/adapters/archive/stanzas.js';

const WANTED = new Set(['package', 'version', 'depends']);
const TEXT = [
  'Package: a\nDescription: long\n more: of it\nVersion: 1\n',
  '\n\nPACKAGE:b\nDepends: x,\n y (>= 1),\n\tz\nNot-Wanted: p\n q\n',
  '\nPackage: c: d\nVersion:\n',
].join('');
const EXPECTED = [
  { package: 'a', version: '1' },
  { package: 'b', depends: 'x,\ny (>= 1),\nz' },
  { package: 'c: d', version: '' },
];

async function read(pieces: readonly string[]): Promise<object[]> {
  async function* text(): AsyncGenerator<string> {
    for (const piece of pieces) yield await Promise.resolve(piece);
  }
  const all: object[] = [];
  for await (const stanza of stanzas(text(), WANTED)) all.push(Object.fromEntries(stanza));
  return all;
}

describe('stanzas of an index', () => {
  it('are read with the fields that are wanted, whatever their case, continued lines included', async () => {
    expect(await read([TEXT])).toEqual(EXPECTED);
  });

  it('are the same wherever the text is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(TEXT.length), { maxLength: 6 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), TEXT.length];
        const pieces = places.slice(1).map((end, i) => TEXT.slice(places[i], end));
        expect(await read(pieces)).toEqual(EXPECTED);
      }),
    );
  });

  it('are none in an empty text', async () => {
    expect(await read([])).toEqual([]);
    expect(await read(['\n', '\n\n'])).toEqual([]);
  });

  it('do not grow without end', async () => {
    await expect(read(Array.from({ length: 40 }, () => 'x'.repeat(1024 * 1024)))).rejects.toThrow('too long');
  });
});
