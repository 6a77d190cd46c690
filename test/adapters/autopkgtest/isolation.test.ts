import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTestbed } from '../../../src/adapters/autopkgtest/create-testbed.js';
import { parseSummary } from '../../../src/adapters/files/summary.js';
import { hostSuite } from '../../../src/adapters/autopkgtest/host-suite.js';
import { verdict } from '../../../src/domain/verdict.js';
import { onRealTestbeds, REAL_STATE_DIR } from '../../support/real-testbed.js';
import { SignedArchive } from '../../support/signed-archive.js';
import { sourcePackageWithTests } from '../../support/source-packages.js';
import { testRequest } from '../../support/test-requests.js';

const TIMEOUT_MS = 300_000;
const arch = process.arch === 'x64' ? 'amd64' : process.arch;

function control(...tests: readonly (readonly [name: string, restriction: string])[]): string {
  return tests
    .map(([name, r]) => `Test-Command: true\nFeatures: test-name=${name}\nDepends:\nRestrictions: ${r}\n`)
    .join('\n');
}

/** Real autopkgtest, real testbed; the packages come from an archive of the test's own, over HTTP, with its own key. */
onRealTestbeds(() => {
  describe('a package whose tests need more isolation than its testbed gives', () => {
    let folder: string;
    let archive: SignedArchive;
    let server: Server;
    let suite: string;
    let entry: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'debci-test-isolation-'));
      ({ suite } = await hostSuite());
      archive = new SignedArchive(folder);
      const pool = join(folder, 'mirror', 'pool');
      mkdirSync(pool, { recursive: true });
      const sources = [
        sourcePackageWithTests(pool, 'debci-needs-machine', control(['only', 'isolation-machine'])),
        sourcePackageWithTests(
          pool,
          'debci-needs-some',
          control(['plain', 'allow-stderr'], ['caged', 'isolation-container'], ['alone', 'isolation-machine']),
        ),
      ].join('');
      archive.publish(suite, { packages: '', sources });
      server = createServer((request, response) => {
        readFile(join(folder, 'mirror', decodeURI(request.url ?? ''))).then(
          (bytes) => response.end(bytes),
          () => response.writeHead(404).end(),
        );
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      entry = `deb-src http://127.0.0.1:${(server.address() as AddressInfo).port} ${suite} main`;
      const testbed = createTestbed('unshare', { stateDir: REAL_STATE_DIR, autopkgtestArgs: [] });
      const setup = { force: false, signal: new AbortController().signal, onLine: () => undefined };
      await testbed.setup({ suite, arch }, setup);
    }, TIMEOUT_MS);
    afterAll(async () => {
      server.close();
      archive.dispose();
      await rm(folder, { recursive: true, force: true });
    });

    async function run(name: string, proxy?: string): Promise<{ exitCode: number | null; tests: string[] }> {
      const outputDir = await mkdtemp(join(folder, 'output-'));
      const settings = { stateDir: REAL_STATE_DIR, autopkgtestArgs: [], ...(proxy !== undefined && { proxy }) };
      const testbed = createTestbed('unshare', settings);
      const extraAptSources = [{ entry, signingKey: archive.key }];
      const request = testRequest({ package: name, suite, arch, backend: 'unshare', extraAptSources });
      const signal = new AbortController().signal;
      const { exitCode } = await testbed.run(request, { outputDir, timeoutMs: TIMEOUT_MS, signal });
      const text = await readFile(join(outputDir, 'summary'), 'utf8').catch(() => '');
      const tests = parseSummary(text).map(({ name: test, result, detail }) => `${test} ${result} ${detail ?? ''}`);
      return { exitCode, tests: tests.sort() };
    }

    it(
      'is neutral where all of them do, and says what they need',
      async () => {
        const { exitCode, tests } = await run('debci-needs-machine');
        expect(tests).toEqual([expect.stringMatching(/^only SKIP .*(isolation-machine|machine-level isolation)/)]);
        expect(exitCode).toBe(8);
        expect(verdict(exitCode ?? 0).status).toBe('neutral');
      },
      TIMEOUT_MS,
    );

    it(
      'is fetched through the proxy that its worker has, whatever its testbed was built with',
      async () => {
        const fetched: string[] = [];
        const proxy = createServer((asked, response) => {
          fetched.push(asked.url ?? '');
          const forwarded = httpRequest(asked.url ?? '', { headers: asked.headers }, (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
          });
          forwarded.on('error', () => response.writeHead(502).end()).end();
        }).listen(0, '127.0.0.1');
        await once(proxy, 'listening');
        const { exitCode } = await run(
          'debci-needs-machine',
          `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        );
        proxy.close();
        proxy.closeAllConnections();
        expect(exitCode).toBe(8);
        expect(fetched.filter((url) => url.endsWith('/pool/debci-needs-machine_1.0.dsc'))).toHaveLength(1);
      },
      TIMEOUT_MS,
    );

    it(
      'passes with the tests that need none, and names those that were skipped',
      async () => {
        const { exitCode, tests } = await run('debci-needs-some');
        expect(tests).toEqual([
          expect.stringMatching(/^alone SKIP .*(isolation-machine|machine-level isolation)/),
          expect.stringMatching(/^caged SKIP .*(isolation-container|container-level isolation)/),
          'plain PASS ',
        ]);
        expect(exitCode).toBe(2);
        expect(verdict(exitCode ?? 0).status).toBe('pass');
      },
      TIMEOUT_MS,
    );
  });
});
