import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createTestbed } from '../../../src/adapters/autopkgtest/create-testbed.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import { MissingProgramError, TestbedMissingError, type TestRequest } from '../../../src/domain/ports/testbed.js';
import { stubPrograms } from '../../support/stub-programs.js';
import { testRequest } from '../../support/test-requests.js';

/** How we start autopkgtest, seen by a script in its place. The real one runs in real-testbeds.test.ts. */
describe('a run of autopkgtest', () => {
  let folder: string;
  let outputDir: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debci-test-run-'));
    outputDir = join(folder, 'output');
    for (const name of ['output', 'tmp', 'state/testbeds/unshare']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'state/testbeds/unshare/unstable-amd64.tar.zst'), '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const unshare = { newuidmap: 'exit 1', mmdebstrap: 'exit 1', zstd: 'exit 1' };
  function run(autopkgtest: string, part: Partial<TestRequest> = {}, path?: string, proxy = 'DIRECT') {
    const request = testRequest({ backend: 'unshare', ...part });
    const testbed = createTestbed(request.backend, {
      stateDir: join(folder, 'state'),
      tmpDir: join(folder, 'tmp'),
      autopkgtestArgs: [],
      proxy,
      path: path ?? stubPrograms(join(folder, 'bin'), { ...unshare, autopkgtest }),
    });
    return testbed.run(request, { outputDir, timeoutMs: 20_000, signal: new AbortController().signal });
  }
  const output = (name: string) => readFile(join(outputDir, name), 'utf8');
  const store = 'for last; do :; done; while [ "$1" != --output-dir ]; do shift; done; out=$2;';

  it('gives its exit code, whatever it is', async () => {
    expect(await run('exit 12')).toMatchObject({ exitCode: 12, ended: 'by itself' });
  });

  it('keeps what it printed as the log, where it wrote none', async () => {
    await run('echo usage: wrong; echo more >&2; exit 20');
    expect(await output('log')).toContain('usage: wrong\n');
    expect(await output('log')).toContain('more\n');
  });

  it('leaves the log that it wrote', async () => {
    await run(`${store} echo its own > $out/log; echo printed`);
    expect(await output('log')).toBe('its own\n');
  });

  it('knows nothing of the worker’s environment', async () => {
    process.env.debci_session_secret = 'hush';
    process.env.NODE_OPTIONS ??= '';
    await run(`${store} env | sed 's/=.*//' | sort > $out/names; env > $out/all`);
    delete process.env.debci_session_secret;
    // The shell that stands for autopkgtest adds PWD, OLDPWD and _.
    const names = (await output('names'))
      .split('\n')
      .filter((name) => !['', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name));
    expect(names).toEqual(['HOME', 'LANG', 'LOGNAME', 'PATH', 'TMPDIR', 'USER']);
    expect(await output('all')).not.toContain('hush');
  });

  it('starts in a folder of its own, with no file of a package’s name, which is also for its temporary files, and goes afterwards', async () => {
    await run(
      `${store} ls -A > $out/files; pwd > $out/folder; echo $TMPDIR >> $out/folder; mkdir -p a/b; echo > a/b/c`,
    );
    expect(await output('files')).toBe('_proxy.conf\n');
    const [cwd, tmp] = (await output('folder')).split('\n');
    expect(tmp).toBe(cwd);
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('finds the keys of extra sources where its command line says', async () => {
    const armoured = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n';
    const script = `${store} for a in "$@"; do case $a in --copy=debci-extra*) f=\${a#--copy=}; cat \${f%%:*} > $out/key;; esac; done`;
    const entry = 'deb http://deb.example.org/debian sid main';
    await run(script, { extraAptSources: [{ entry, signingKey: armoured }] });
    expect(await output('key')).toBe(armoured);
  });

  it.each([
    ['http://proxy.example.org:3142', 'http://proxy.example.org:3142'],
    ['http://localhost:3142', 'http://127.0.0.1:3142'],
    ['DIRECT', 'DIRECT'],
  ])('gives the testbed the proxy %s, by an address that it reaches', async (proxy, seen) => {
    const script = `${store} for a in "$@"; do case $a in --copy=*) f=\${a#--copy=}; cat \${f%%:*} > $out/conf; echo $a > $out/copy;; esac; done`;
    await run(script, {}, undefined, proxy);
    expect(await output('conf')).toBe(`Acquire::http::Proxy "${seen}";\n`);
    expect(await output('copy')).toBe('--copy=_proxy.conf:/etc/apt/apt.conf.d/95debci-proxy\n');
  });

  it.each([{ suite: 'sid' }, { variant: 'other' }])(
    'is refused where the testbed for %j was not built',
    async (part) => {
      await expect(run('exit 0', part)).rejects.toThrow(TestbedMissingError);
    },
  );

  it('is refused where programs are missing, with the packages that bring them', async () => {
    const path = join(folder, 'empty');
    const missing = run('', {}, path);
    await expect(missing).rejects.toThrow(MissingProgramError);
    await expect(missing).rejects.toThrow('apt install autopkgtest uidmap zstd');
  });

  it.each<Partial<TestRequest>>([
    { pins: [{ suite: 'experimental', packages: ['src:glibc'] }] },
    { extraAptSources: [{ entry: 'deb http://deb.example.org/ sid main', signingKey: null }] },
  ])('is refused without isolation where it would change this machine’s apt for good: %j', async (part) => {
    await expect(run('exit 0', { backend: 'null', ...part })).rejects.toThrow(InvalidInputError);
  });
});
