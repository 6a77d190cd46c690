import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const VERSION = '1.0';

/** A native source package that has tests and builds nothing of use, made by dpkg-source. @returns its stanza of Sources */
export function sourcePackageWithTests(pool: string, name: string, testsControl: string): string {
  const tree = join(pool, name);
  const files: Record<string, string> = {
    'debian/control': `Source: ${name}\nSection: misc\nPriority: optional\nMaintainer: Nobody <nobody@deb.example.org>\nStandards-Version: 4.6.2\n\nPackage: ${name}\nArchitecture: all\nDescription: nothing\n`,
    'debian/changelog': `${name} (${VERSION}) unstable; urgency=low\n\n  * Made for a test.\n\n -- Nobody <nobody@deb.example.org>  Tue, 24 Nov 2026 12:00:00 +0000\n`,
    'debian/source/format': '3.0 (native)\n',
    'debian/rules': '#!/usr/bin/make -f\n%:\n\ttrue\n',
    'debian/tests/control': testsControl,
  };
  for (const folder of ['source', 'tests']) mkdirSync(join(tree, 'debian', folder), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(tree, path), text);
  execFileSync('dpkg-source', ['--build', name], { cwd: pool, stdio: 'pipe' });
  return stanza(pool, name);
}

function stanza(pool: string, name: string): string {
  const names = [`${name}_${VERSION}.dsc`, `${name}_${VERSION}.tar.xz`];
  const sums = (algorithm: string): string[] =>
    names.map((file) => {
      const bytes = readFileSync(join(pool, file));
      return ` ${createHash(algorithm).update(bytes).digest('hex')} ${bytes.length} ${file}`;
    });
  return [
    ...[`Package: ${name}`, `Binary: ${name}`, `Version: ${VERSION}`, 'Architecture: all', 'Format: 3.0 (native)'],
    ...['Maintainer: Nobody <nobody@deb.example.org>', 'Testsuite: autopkgtest', 'Directory: pool'],
    ...['Files:', ...sums('md5'), 'Checksums-Sha256:', ...sums('sha256'), '', ''],
  ].join('\n');
}
