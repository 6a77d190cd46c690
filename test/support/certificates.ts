import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const openssl = (...args: string[]): Promise<unknown> => promisify(execFile)('openssl', args);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate authority of a test's own, in a folder of its own. */
export class Authority {
  private constructor(
    private readonly folder: string,
    readonly own: Certificate,
  ) {}

  static async create(): Promise<Authority> {
    const folder = await mkdtemp(join(tmpdir(), 'debci-ca-'));
    await chmod(folder, 0o755);
    const [cert, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
    await openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=test', '-keyout', key, '-out', cert);
    return new Authority(folder, await read(cert, key));
  }

  /** A certificate for 127.0.0.1, which serves clients and servers. */
  async issue(name: string): Promise<Certificate> {
    const file = (suffix: string): string => join(this.folder, `${name}.${suffix}`);
    await openssl('req', '-new', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr'));
    await writeFile(file('ext'), 'subjectAltName=IP:127.0.0.1\n');
    const signer = ['-CA', this.own.certFile, '-CAkey', this.own.keyFile, '-CAcreateserial', '-days', '2'];
    await openssl('x509', '-req', '-in', file('csr'), ...signer, '-extfile', file('ext'), '-out', file('pem'));
    return read(file('pem'), file('key'));
  }

  dispose(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}

async function read(certFile: string, keyFile: string): Promise<Certificate> {
  // The server that reads them runs as another user.
  await chmod(keyFile, 0o644);
  return { certFile, keyFile, cert: await readFile(certFile), key: await readFile(keyFile) };
}
