import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Indices } from './packages.js';

export const CAN_SIGN = ['gpg', 'apt-get', 'xz'].every((program) => spawnSync(program, ['--version']).status === 0);

/** What apt must know of a file before it says that it would install it. There is no such file. */
const DOWNLOAD = `Filename: pool/$2.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}`;

/** A Debian archive in a folder, as a mirror has it, signed with a key of its own. */
export class SignedArchive {
  readonly url: string;
  readonly #home: string;

  constructor(
    private readonly folder: string,
    private readonly arch = 'amd64',
  ) {
    this.url = `file://${join(folder, 'mirror')}`;
    this.#home = join(folder, 'gnupg');
    mkdirSync(this.#home, { recursive: true, mode: 0o700 });
    this.#gpg(['--passphrase', '', '--quick-generate-key', 'archive@deb.example.org', 'default', 'sign', 'never']);
  }

  /** The public key, armoured. */
  get key(): string {
    return this.#gpg(['--armor', '--export']).toString();
  }

  /** Writes a suite, its indices compressed as archives do. @param fields further lines of the Release file */
  publish(suite: string, indices: Indices, fields = ''): void {
    const { sources } = indices;
    const packages = indices.packages.replace(/^(Package: (.*))$/gm, `$1\n${DOWNLOAD}`);
    const files: Record<string, Buffer> = {
      [`main/binary-${this.arch}/Packages.gz`]: gzipSync(packages),
      'main/source/Sources.xz': execFileSync('xz', ['--stdout'], { input: sources }),
      [`main/binary-${this.arch}/Packages`]: Buffer.from(packages),
      'main/source/Sources': Buffer.from(sources),
    };
    const sums = Object.entries(files).map(([path, content]) => ` ${sha256(content)} ${content.length} ${path}`);
    for (const [path, content] of Object.entries(files)) {
      if (/\.(gz|xz)$/.test(path)) this.#write(suite, path, content);
    }
    const release = [
      ...['Origin: Test', `Suite: ${suite}`, `Codename: ${suite}`, `Architectures: ${this.arch}`, 'Components: main'],
      `Date: ${new Date().toUTCString()}`,
      ...(fields === '' ? [] : [fields]),
      'SHA256:',
      ...sums,
      '',
    ].join('\n');
    this.#write(suite, 'InRelease', this.#gpg(['--clearsign'], release));
  }

  /** Changes an index without signing it anew. */
  tamper(suite: string, packages: string): void {
    this.#write(suite, `main/binary-${this.arch}/Packages.gz`, gzipSync(packages));
  }

  dispose(): void {
    spawnSync('gpgconf', ['--homedir', this.#home, '--kill', 'all']);
  }

  #write(suite: string, path: string, content: Buffer): void {
    const file = join(this.folder, 'mirror', 'dists', suite, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  #gpg(args: string[], input?: string): Buffer {
    const common = ['--homedir', this.#home, '--batch', '--quiet', '--pinentry-mode', 'loopback'];
    return execFileSync('gpg', [...common, ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] });
  }
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
