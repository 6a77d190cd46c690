import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { HostRelease } from '../../../../src/adapters/shared/apt/host-apt.js';
import { archiveKeys, signedBy } from '../../../../src/adapters/shared/apt/keyrings.js';
import { withDefaults } from '../../../../src/adapters/autopkgtest/settings.js';

const ARMOUR = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const debian = { uri: 'http://deb.example.org/debian', release: 'trixie' };
const DEB822 = `# Signed-By: /not/this
Types: deb
URIs: http://vendor.example.org/debian
Suites: trixie
Signed-By: /vendor.gpg

Types: deb deb-src
URIs: http://other.example.org/debian http://deb.example.org/debian/
Suites: sid trixie
 trixie-updates
Components: main
# a comment
signed-by: /a.gpg
 /b.asc
`;
const EMBEDDED = `Types: deb
URIs: http://deb.example.org/debian
Suites: trixie
Signed-By:
 ${ARMOUR}
 .
 mDME
 -----END PGP PUBLIC KEY BLOCK-----
`;
const ONE_LINE = `deb [signed-by=/wrong.gpg] http://deb.example.org/debian sid main
# deb [signed-by=/wrong.gpg] http://deb.example.org/debian trixie main
deb [arch=amd64 signed-by=/right.gpg,/second.gpg] http://deb.example.org/debian/ trixie main
`;

describe('the key of an archive', () => {
  it.each([
    ['deb822', DEB822, '/a.gpg\n /b.asc'],
    ['one-line', ONE_LINE, '/right.gpg,/second.gpg'],
    ['one-line without options', 'deb http://deb.example.org/debian trixie main\n', null],
    ['other', 'nothing of use', null],
  ])('is read from an entry in %s form', (_, text, expected) => {
    expect(signedBy(text, debian)).toBe(expected);
  });

  describe('in files', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'debci-test-keys-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    async function keysOf(entry: string) {
      const entryFile = join(folder, 'entry');
      await writeFile(entryFile, entry);
      const own: HostRelease = {
        ...{ ...debian, entryFile, origin: 'Debian', codename: 'trixie', suite: 'stable' },
        ...{ components: ['main'], hasSources: false },
      };
      return await archiveKeys(own, withDefaults({ stateDir: folder, autopkgtestArgs: [] }));
    }

    it('has the ending that its content asks for, whatever the file was called', async () => {
      await writeFile(join(folder, 'a.gpg'), Buffer.from([0x99, 0x01]));
      await writeFile(join(folder, 'b.gpg'), `${ARMOUR}\n`);
      const keys = await keysOf(`deb [signed-by=${folder}/a.gpg,${folder}/b.gpg] ${debian.uri} trixie main\n`);
      expect(keys.map((key) => key.name)).toEqual(['debci-archive-0.gpg', 'debci-archive-1.asc']);
    });

    it('may stand in the entry itself', async () => {
      const [key] = await keysOf(EMBEDDED);
      expect(key?.name).toBe('debci-archive-0.asc');
      expect(key?.bytes.toString()).toBe(`${ARMOUR}\n\nmDME\n-----END PGP PUBLIC KEY BLOCK-----\n`);
    });
  });
});
