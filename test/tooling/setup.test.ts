import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/**
 * What scripts/setup.sh decides to do. Root, apt and npm are stand-ins here that note how they are called: a test must
 * not install anything on the machine it runs on. That the packages are the right ones is seen on a fresh system only.
 */

const DEMO = ['autopkgtest', 'mmdebstrap', 'uidmap', 'xz-utils', 'zstd'];
const TEST = [...DEMO, 'rabbitmq-server', 'chromium', 'git', 'openssl', 'gnupg', 'schroot', 'systemd', 'debci'];
const COMPILER = ['g++', 'make', 'python3'];

const SERVICES = ['rabbitmq-server.service', 'epmd.service', 'epmd.socket', 'schroot.service'];
const KNOWN_UNITS = 'var/lib/systemd/deb-systemd-helper-enabled';
const POLICY = 'usr/sbin/policy-rc.d';

interface Machine {
  readonly root?: boolean;
  readonly apt?: boolean;
  readonly installed?: readonly string[];
  readonly node?: string;
  /** npm packages as the lock says, and a better-sqlite3 that loads. */
  readonly modules?: boolean;
  /** Files of the host, by path below its root. */
  readonly files?: Readonly<Record<string, string>>;
  /** apt-get install fails. */
  readonly broken?: boolean;
}

let checkout: string;
let host: string;
let calls: string;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'debci-setup-'));
  calls = join(checkout, 'calls');
  host = join(checkout, 'host');
  cpSync('scripts', join(checkout, 'scripts'), { recursive: true });
  writeFileSync(join(checkout, 'scripts/build.js'), '');
  const packages = { '': {}, 'node_modules/a': { integrity: 'sha512-a' }, 'node_modules/b': { optional: true } };
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify({ packages }));
});

afterEach(() => {
  rmSync(checkout, { recursive: true });
});

function program(name: string, script: string): void {
  const path = join(checkout, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

function installModules(): void {
  mkdirSync(join(checkout, 'node_modules/better-sqlite3'), { recursive: true });
  const packages = { 'node_modules/a': { integrity: 'sha512-a' } };
  writeFileSync(join(checkout, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  writeFileSync(join(checkout, 'node_modules/better-sqlite3/index.js'), 'module.exports = class {};');
}

function furnishHost(files: Readonly<Record<string, string>>): void {
  for (const folder of ['etc/init.d', 'usr/sbin', KNOWN_UNITS]) mkdirSync(join(host, folder), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(host, path), content);
}

/** Notes how it is called. */
const noting = (name: string): string => `echo "${name} $*" >>"${calls}"`;

/** Installs nothing, but leaves behind what rabbitmq-server's installation does, and notes if services may start. */
const APT_GET = `[ "$(cat "$HOST/${POLICY}")" = "" ] || echo "start? $(sh "$HOST/${POLICY}"; echo $?)" >>"$CALLS"
touch ${SERVICES.map((unit) => `"$HOST/${KNOWN_UNITS}/${unit}.dsh-also"`).join(' ')} "$HOST/etc/init.d/rabbitmq-server"`;

function furnish({ root = true, apt = true, installed = [], node, ...machine }: Machine): void {
  furnishHost(machine.files ?? {});
  mkdirSync(join(checkout, 'bin'));
  for (const name of ['sh', 'dirname', 'mkdir', 'tail', 'touch', 'cat', 'rm', 'chmod']) {
    program(name, `exec /usr/bin/${name} "$@"`);
  }
  program('id', `echo ${root ? 0 : 1000}`);
  program('dpkg-query', `case " ${installed.join(' ')} " in *" $4 "*) printf installed ;; *) exit 1 ;; esac`);
  for (const name of ['npm', 'systemctl', 'update-rc.d']) program(name, noting(name));
  const outcome = machine.broken
    ? 'echo no such package >&2; exit 100'
    : `case "$*" in *" install "*) ${APT_GET} ;; esac`;
  if (apt) program('apt-get', `HOST=${host} CALLS=${calls}\n${noting('apt-get')}\n${outcome}`);
  const real = `exec ${process.execPath} "$@"`;
  program('node', node === undefined ? real : `[ "$1" = --version ] && echo v${node} && exit 0\nexit 1`);
  if (machine.modules) installModules();
}

function setup(purpose: string, machine: Machine): { exitCode: number | null; calls: string[]; output: string } {
  furnish(machine);
  const { status, stdout, stderr } = spawnSync('/bin/sh', [join(checkout, 'scripts/setup.sh'), purpose], {
    encoding: 'utf8',
    env: { PATH: join(checkout, 'bin'), DEBCI_SETUP_HOST: host },
  });
  const noted = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
  return { exitCode: status, calls: noted, output: stdout + stderr };
}

/** The names of Debian packages that apt-get was asked to install. */
function asked(noted: readonly string[]): string[] {
  const install = noted.find((call) => call.includes(' install '));
  return install?.replace(/.*--no-install-recommends /, '').split(' ') ?? [];
}

describe('setup', () => {
  it.each([
    ['demo', [...DEMO, ...COMPILER]],
    ['test', [...TEST, ...COMPILER]],
    ['bench', [...TEST, 'wrk', ...COMPILER]],
  ])('for %s on a fresh machine installs all that it needs, the npm packages last', (purpose, packages) => {
    const { calls: noted } = setup(purpose, {});
    expect(asked(noted)).toEqual(packages);
    const order = noted.filter((call) => /^(apt-get|npm)/.test(call)).map((call) => call.replace(/ -o \S+/, ''));
    expect(order.map((call) => call.split(' ', 2).join(' '))).toEqual([
      'apt-get update',
      'apt-get install',
      'npm ci',
      'npm rebuild',
    ]);
  });

  it('does nothing where all is there', () => {
    const done = setup('test', { installed: TEST, modules: true });
    expect(done).toEqual({ exitCode: 0, calls: [], output: 'setup: building\n' });
  });

  it('needs no compiler where better-sqlite3 loads, and installs only what is missing', () => {
    const { calls: noted, exitCode } = setup('demo', { installed: DEMO.slice(1), modules: true });
    expect(asked(noted)).toEqual(['autopkgtest']);
    expect(exitCode).toBe(0);
  });

  it('installs the npm packages anew where they are not those of the lock', () => {
    installModules();
    writeFileSync(
      join(checkout, 'package-lock.json'),
      JSON.stringify({ packages: { '': {}, 'node_modules/a': { integrity: 'sha512-other' } } }),
    );
    expect(setup('demo', { installed: DEMO }).calls).toEqual(['npm ci --no-audit --no-fund']);
  });
});

describe('setup leaves the host as it was', () => {
  it("does not change another checkout's npm packages, to which node_modules is a link", () => {
    symlinkSync('/nonexistent', join(checkout, 'node_modules'));
    expect(setup('demo', { installed: [...DEMO, ...COMPILER] }).calls).toEqual([]);
  });

  it('starts no service, and leaves none to start at boot', () => {
    const { calls: noted, exitCode } = setup('test', { installed: DEMO, modules: true });
    expect(exitCode).toBe(0);
    expect(noted).toContain('start? 101');
    expect(existsSync(join(host, POLICY))).toBe(false);
    expect(noted.slice(3)).toEqual([
      'systemctl --quiet disable rabbitmq-server.service',
      'update-rc.d rabbitmq-server disable',
      'systemctl --quiet disable epmd.service',
      'systemctl --quiet disable epmd.socket',
      'systemctl --quiet disable schroot.service',
    ]);
  });

  it('touches no service that was there before, and no policy of the host', () => {
    const files: Record<string, string> = { [POLICY]: '#!/bin/sh\nexit 104\n' };
    for (const unit of SERVICES) files[`${KNOWN_UNITS}/${unit}.dsh-also`] = '';
    const { calls: noted } = setup('test', { installed: DEMO, modules: true, files });
    expect(noted.filter((call) => !call.startsWith('apt-get'))).toEqual(['start? 104']);
    expect(readFileSync(join(host, POLICY), 'utf8')).toBe('#!/bin/sh\nexit 104\n');
  });

  it('takes its policy back where apt fails', () => {
    setup('test', { broken: true, modules: true });
    expect(existsSync(join(host, POLICY))).toBe(false);
  });
});

describe('setup that cannot install', () => {
  it.each([
    ['without root', { root: false }, 'only root can install them'],
    ['without apt', { apt: false }, 'there is no apt-get'],
  ])('%s names what to install and ends with 1', (_, machine, why) => {
    const { exitCode, calls: noted, output } = setup('demo', { ...machine, modules: true });
    expect(exitCode).toBe(1);
    expect(noted).toEqual([]);
    expect(output).toContain(why);
    expect(output).toContain(`apt-get install --no-install-recommends ${DEMO.join(' ')}`);
  });

  it('goes on for the tests, which skip what they cannot do', () => {
    const { exitCode, calls: noted, output } = setup('test', { root: false, installed: DEMO, modules: true });
    expect(exitCode).toBe(0);
    expect(noted).toEqual([]);
    expect(output).toContain('not installed: rabbitmq-server chromium git openssl gnupg schroot systemd debci');
  });

  it('shows the end of the output of what failed, and stops', () => {
    const { exitCode, calls: noted, output } = setup('demo', { broken: true, modules: true });
    expect(exitCode).toBe(1);
    expect(noted).toHaveLength(1);
    expect(output).toContain('no such package');
  });

  it('says so where Node.js is too old', () => {
    const { exitCode, output } = setup('demo', { node: '18.19.0' });
    expect(exitCode).toBe(1);
    expect(output).toBe('setup: Node.js v18.19.0 is too old; 20.19 or later is needed\n');
  });

  it('does not guess what it is for', () => {
    expect(setup('everything', {})).toMatchObject({ exitCode: 2, calls: [] });
  });
});
