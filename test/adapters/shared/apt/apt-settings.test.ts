import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { aptConf, caFiles, carriedSettings, parseDump } from '../../../../src/adapters/shared/apt/apt-settings.js';
import { withDefaults } from '../../../../src/adapters/autopkgtest/settings.js';
import { stubPrograms } from '../../../support/stub-programs.js';

const DUMP = [
  'APT::Install-Recommends 0',
  'Acquire ',
  'Acquire::http ',
  'Acquire::http::Proxy http://proxy.example.org:3128',
  'Acquire::http::Proxy::intern.example.org DIRECT',
  'Acquire::http::Proxy-Auto-Detect /usr/bin/find-proxy',
  'Acquire::https::CAInfo /etc/ssl/corp%20ca.pem',
  'Acquire::https::mirror.example.org::CAInfo /etc/ssl/mirror.pem',
  'Acquire::https::SslCert /etc/ssl/private/client.pem',
  'Acquire::https::SslKey /etc/ssl/private/client.key',
  'Acquire::http::User-Agent a%22;%20Evil::Setting%20%22b',
  'Acquire::Check-Valid-Until false',
  'Acquire::Languages:: none',
  'DPkg::Post-Invoke:: rm%20-rf%20/',
].join('\n');

describe('apt’s settings', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debci-test-apt-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function settings(proxy?: string) {
    const path = stubPrograms(join(folder, 'bin'), { 'apt-config': `cat <<'END'\n${DUMP}\nEND` });
    return withDefaults({ stateDir: folder, autopkgtestArgs: [], path, ...(proxy === undefined ? {} : { proxy }) });
  }

  it('come along where they say how to reach a mirror; not programs, client certificates, or anything else', async () => {
    expect(Object.fromEntries((await carriedSettings(settings())).map(({ key, value }) => [key, value]))).toEqual({
      'Acquire::http::Proxy': 'http://proxy.example.org:3128',
      'Acquire::http::Proxy::intern.example.org': 'DIRECT',
      'Acquire::https::CAInfo': '/etc/ssl/corp ca.pem',
      'Acquire::https::mirror.example.org::CAInfo': '/etc/ssl/mirror.pem',
      'Acquire::http::User-Agent': 'a; Evil::Setting b',
      'Acquire::Check-Valid-Until': 'false',
      'Acquire::Languages': 'none',
    });
  });

  it('have the operator’s proxy in place of this machine’s', async () => {
    const carried = await carriedSettings(settings('http://cache.example.org:3142'));
    expect(carried.filter(({ key }) => key.includes('Proxy'))).toEqual([
      { key: 'Acquire::http::Proxy', value: 'http://cache.example.org:3142' },
    ]);
  });

  it('are written with certificates where the testbed has them', () => {
    const carried = parseDump('Acquire::https::CAInfo /etc/ssl/a.pem\nAcquire::Retries 3\n');
    expect(caFiles(carried)).toEqual(['/etc/ssl/a.pem']);
    expect(aptConf(carried, (file) => `/inside${file}`)).toBe(
      'Acquire::https::CAInfo "/inside/etc/ssl/a.pem";\nAcquire::Retries "3";\n',
    );
  });
});
