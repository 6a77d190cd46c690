import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hostSuite } from '../../src/adapters/autopkgtest/host-suite.js';
import { packagePrefix } from '../../src/domain/job.js';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { onRealTestbeds } from '../support/real-testbed.js';
import { Service } from '../support/service.js';

/** Small, and their tests need little. */
const PACKAGES = ['adr-tools', 'comprez', 'hello', 'mawk', 'ncompress'];
const TIMEOUT_MS = 15 * 60_000;

/** Everything is real: the host's archive, apt, mmdebstrap, autopkgtest, the packages, in a fresh data folder. */
onRealTestbeds(() => {
  describe('batch on the real archive, with a worker that builds its testbed', () => {
    let folder: ReturnType<typeof temporaryFolder>;
    let common: string[];
    let place: string[];
    let service: Service;

    beforeAll(build, 120_000);
    beforeEach(async () => {
      folder = temporaryFolder();
      const config = join(folder.path, 'config');
      mkdirSync(config);
      writeFileSync(join(config, 'seed_list'), `${PACKAGES.join('\n')}\n`);
      common = ['--config', config, '--data-dir', join(folder.path, 'data')];
      const { suite } = await hostSuite();
      place = ['--suite', suite, '--backend', 'unshare'];
      service = new Service(['up', ...common, ...place, '--jobs', '2', '--port', '0']);
    });
    afterEach(async () => {
      // The first ends what it may, the second what it must.
      void service.stop();
      await service.stop();
      folder.remove();
    });

    it(
      'runs five packages, shows them, and has nothing more to ask for',
      async () => {
        const { url } = (await service.said('pages are served')) as unknown as { url: string };
        await service.line(({ msg }) => msg.startsWith('building the testbed first'));
        await service.said('worker ready');

        const first = await debci(['batch', ...common, ...place, '--limit', '5']);
        expect(first).toMatchObject({ code: 0, stderr: expect.any(String) as string });
        expect(first.stdout).toMatch(/\n5 requested\n$/);
        const results = PACKAGES.map((name) =>
          service.line(({ msg, package: tested }) => msg === 'result received' && tested === name),
        );
        for (const { package: name, status } of await Promise.all(results)) {
          // comprez has superficial tests only.
          expect([name, status]).toEqual([name, name === 'comprez' ? 'neutral' : 'pass']);
        }

        for (const name of PACKAGES) {
          await vi.waitFor(
            async () => {
              const page = await fetch(`${url}/packages/${packagePrefix(name)}/${name}/`);
              expect(await page.text()).toContain(name === 'comprez' ? 'neutral' : 'pass');
            },
            { timeout: 20_000 },
          );
        }
        const second = await debci(['batch', ...common, ...place, '--limit', '5']);
        expect(second.stdout).toBe('0 requested; 5 unchanged\n');
      },
      TIMEOUT_MS,
    );
  });
});
