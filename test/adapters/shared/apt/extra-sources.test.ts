import { describe, expect, it } from 'vitest';

import { readSigningKey, sourceLines } from '../../../../src/adapters/shared/apt/extra-sources.js';

const ARMOURED = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----\n';

describe('extra apt sources', () => {
  it.each([
    ['deb http://deb.example.org/debian sid main', 1],
    ['deb [trusted=yes] http://deb.example.org/debian sid main\r\n\n deb-src http://deb.example.org/ sid main ', 2],
  ])('may be one-line entries: %j', (entry, count) => {
    expect(sourceLines(entry)).toHaveLength(count);
  });

  it.each([
    '',
    '\n',
    'http://deb.example.org/',
    'deb',
    'debx http://deb.example.org/ a b',
    'Types: deb',
    'deb a\u0000b',
  ])('may not be %j', (entry) => {
    expect(sourceLines(entry)).toBeNull();
  });

  it('have an armoured key under the ending that apt reads as such, be it in base64 or not', () => {
    expect(readSigningKey(ARMOURED)).toEqual({ ending: 'asc', bytes: Buffer.from(ARMOURED) });
    expect(readSigningKey(Buffer.from(ARMOURED).toString('base64'))).toEqual({
      ending: 'asc',
      bytes: Buffer.from(ARMOURED),
    });
  });

  it('have a binary key under the other', () => {
    const bytes = Buffer.from([0x99, 0x01, 0x0d, 0x04]);
    expect(readSigningKey(bytes.toString('base64'))).toEqual({ ending: 'gpg', bytes });
  });

  it.each(['', '   ', '/etc/passwd:/x', 'a_b-c'])('have no key like %j', (text) => {
    expect(readSigningKey(text)).toBeNull();
  });
});
