import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { carriedSettings, presentProxy } from '../../../../src/adapters/shared/apt/apt-settings.js';
import { findAptCacher, httpProxy, seenFromTestbed } from '../../../../src/adapters/shared/apt/proxy.js';
import { temporaryFolder } from '../../../support/folder.js';
import { stubPrograms } from '../../../support/stub-programs.js';

const MIRROR = 'http://deb.example.org/debian';

describe('the proxy for packages', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    folder.remove();
  });

  const settings = (dump = ''): { path: string; tmpDir: string } => ({
    path: stubPrograms(join(folder.path, 'bin'), {
      'apt-config': `printf '${dump}'`,
      'auto-apt-proxy': 'echo "http://192.0.2.1:3142"; echo "$@" > $TMPDIR/asked',
      direct: 'echo DIRECT',
      liar: 'echo "http://proxy.example.org\\"; Dir::Evil \\"x"',
    }),
    tmpDir: folder.path,
  });
  const program = (name: string) => ({
    key: 'Acquire::http::Proxy-Auto-Detect',
    value: join(folder.path, 'bin', name),
  });

  it('is the operator’s, whatever this machine’s apt has', async () => {
    const own = [{ key: 'Acquire::http::Proxy', value: 'http://own.example.org:1' }];
    const given = { ...settings(), proxy: 'http://given.example.org:2' };
    expect(await httpProxy(own, MIRROR, given)).toBe('http://given.example.org:2');
    expect(await httpProxy(own, MIRROR, { ...settings(), proxy: 'DIRECT' })).toBeNull();
  });

  it('is the one that this machine’s apt is configured with, before one that could be found', async () => {
    const own = { key: 'Acquire::http::Proxy', value: 'http://own.example.org:1' };
    expect(await httpProxy([own, program('auto-apt-proxy')], MIRROR, settings())).toBe('http://own.example.org:1');
    const none = { key: 'Acquire::http::Proxy', value: 'DIRECT' };
    expect(await httpProxy([none, program('auto-apt-proxy')], MIRROR, settings())).toBeNull();
  });

  it('is what auto-apt-proxy finds for the mirror', async () => {
    expect(await httpProxy([program('auto-apt-proxy')], MIRROR, settings())).toBe('http://192.0.2.1:3142');
    expect(await httpProxy([program('direct')], MIRROR, settings())).toBeNull();
  });

  it('is never what would be more than an address, nor what a program that fails did not say', async () => {
    const found = await findAptCacher();
    expect(await httpProxy([program('liar')], MIRROR, settings())).toBe(found);
    expect(await httpProxy([program('missing')], MIRROR, settings())).toBe(found);
  });

  it('goes into a testbed’s apt, in place of the program that found it', async () => {
    const dump = `Acquire::http::Proxy-Auto-Detect ${join(folder.path, 'bin', 'auto-apt-proxy')}\\nAcquire::http::Proxy::lan.example.org DIRECT\\n`;
    const carried = await carriedSettings(settings(dump), MIRROR);
    expect(carried.filter(({ key }) => /proxy/i.test(key))).toEqual([
      { key: 'Acquire::http::Proxy::lan.example.org', value: 'DIRECT' },
      { key: 'Acquire::http::Proxy', value: 'http://192.0.2.1:3142' },
    ]);
    expect(await presentProxy(settings(dump))).toBe('http://192.0.2.1:3142');
  });
});

describe('an apt-cacher-ng on this machine', () => {
  let server: Server;
  let status: [number, string];
  let address: string;
  beforeEach(async () => {
    status = [406, 'Usage Information'];
    server = createServer((_, response) => response.writeHead(...status).end('<html>'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => server.close());

  it('is known by its answer', async () => {
    expect(await findAptCacher(address)).toBe(address);
  });

  it('is not taken for one where something else answers, or nothing', async () => {
    status = [200, 'OK'];
    expect(await findAptCacher(address)).toBeNull();
    server.close();
    server.closeAllConnections();
    expect(await findAptCacher('http://127.0.0.1:1')).toBeNull();
  });
});

describe('a proxy’s address as a testbed sees it', () => {
  it.each([
    ['http://proxy.example.org:3142', null, 'http://proxy.example.org:3142'],
    ['http://proxy.example.org:3142', '10.0.2.2', 'http://proxy.example.org:3142'],
    ['http://localhost:3142', '10.0.2.2', 'http://10.0.2.2:3142'],
    ['http://127.0.0.1:3142', '127.0.0.1', 'http://127.0.0.1:3142'],
    ['http://[::1]:3142', '10.0.2.2', 'http://10.0.2.2:3142'],
    ['http://127.0.0.1:3142', null, null],
  ])('%s, loopback %s: %s', (proxy, loopback, seen) => {
    expect(seenFromTestbed(proxy, loopback)).toBe(seen);
  });
});
