import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Of Debian's package `debci`, which is what its package `debci-worker` makes a service of. */
const PROGRAM = '/usr/bin/debci';
const MISSING = 'needs Debian’s package debci';

/** Tests with Debian's own programs: skipped, by name, where they are not installed; in CI they fail there. */
export function describeWithDebian(name: string, body: () => void): void {
  if (existsSync('/usr/share/debci/bin/debci-worker')) describe(name, body);
  else if (process.env.CI === 'true') it(name, () => expect.fail(MISSING));
  else describe.skip(`${name}: ${MISSING}`, body);
}

export interface DebianWorkerOptions {
  readonly amqp: string;
  readonly backend: string;
  /** For its files. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program that runs the one whose words follow its own. */
  readonly through?: readonly string[];
}

/** Debian's worker, with all that it starts, until `kill`. */
export class DebianWorker {
  private readonly process: ChildProcess;
  private output = '';

  constructor({ amqp, backend, folder, env = {}, through = [] }: DebianWorkerOptions) {
    const place = (name: string): string => {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      return path;
    };
    const own = { debci_data_basedir: place('data'), debci_lock_dir: place('lock'), TMPDIR: place('tmp') };
    const [program = '', ...args] = [
      ...through,
      ...[PROGRAM, 'worker', '--arch', 'amd64', '--backend', backend, '--amqp', amqp],
    ];
    this.process = spawn(program, args, {
      detached: true,
      env: { PATH: process.env.PATH, HOME: folder, ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
  }

  /** What it wrote, to be told where a test fails. */
  get said(): string {
    return this.output;
  }

  async kill(): Promise<void> {
    const { process: child } = this;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const exit = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await exit;
  }
}

/** What Debian's tools make a source package of, whose test passes and needs nothing installed. */
const SOURCE_FILES: Readonly<Record<string, string>> = {
  'debian/control': [
    ...['Source: greet', 'Section: misc', 'Priority: optional', 'Standards-Version: 4.6.2'],
    ...['Maintainer: A <a@deb.example.org>', '', 'Package: greet', 'Architecture: all', 'Description: none', ''],
  ].join('\n'),
  'debian/changelog':
    'greet (1.0) unstable; urgency=low\n\n  * All.\n\n -- A <a@deb.example.org>  Thu, 01 Jan 2026 00:00:00 +0000\n',
  'debian/rules': '#!/bin/sh\n',
  'debian/source/format': '3.0 (native)\n',
  'debian/tests/control': 'Test-Command: head -n 1 debian/changelog\nDepends:\n',
};

/** Runs a program where apt's settings, lists and cache are a folder's, so that this machine keeps its own. */
const IN_ITS_PLACE = [
  'set -e; from=$1; shift',
  'for place in etc/apt var/lib/apt/lists var/cache/apt var/tmp; do mount --bind "$from/$place" "/$place"; done',
  'apt-get update >/dev/null',
  'exec "$@"',
].join('\n');

/**
 * Makes an archive with the source package `greet`.
 * @returns the program, with its first words, through which another sees only this archive. It needs root.
 */
export function withArchiveOfGreet(folder: string): string[] {
  const source = join(folder, 'archive/greet-1.0');
  for (const [name, content] of Object.entries(SOURCE_FILES)) {
    mkdirSync(join(source, name, '..'), { recursive: true });
    writeFileSync(join(source, name), content);
  }
  const inArchive = (program: string, ...args: string[]): Buffer =>
    execFileSync(program, args, { cwd: join(folder, 'archive'), stdio: ['ignore', 'pipe', 'ignore'] });
  inArchive('dpkg-source', '--build', 'greet-1.0');
  writeFileSync(join(folder, 'archive/Sources'), inArchive('dpkg-scansources', '.'));
  for (const place of [
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'etc/apt/trusted.gpg.d',
    'etc/apt/sources.list.d',
  ]) {
    mkdirSync(join(folder, place), { recursive: true });
  }
  for (const place of ['var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'var/tmp']) {
    mkdirSync(join(folder, place), { recursive: true });
  }
  writeFileSync(join(folder, 'etc/apt/sources.list'), `deb-src [trusted=yes] file:${folder}/archive ./\n`);
  return ['unshare', '--mount', 'sh', '-c', IN_ITS_PLACE, 'sh', folder];
}
