import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileLock } from '../../src/adapters/sqlite/file-lock.js';
import { build, debci, type Ended } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { realIndices, withVersion } from '../support/packages.js';
import { Service } from '../support/service.js';
import { CAN_SIGN, SignedArchive } from '../support/signed-archive.js';

/** `debci batch` in processes of their own: a signed archive in a folder, fetched by apt; `debci up` as the collector. */
describe.skipIf(!CAN_SIGN && process.env.CI !== 'true')('debci batch', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let mirror: SignedArchive;
  let service: Service;
  let config: string;
  let common: string[];
  let state: string;

  beforeAll(build, 120_000);
  beforeEach(async () => {
    folder = temporaryFolder();
    mirror = new SignedArchive(folder.path);
    mirror.publish('trixie', realIndices());
    config = join(folder.path, 'config');
    await mkdir(config);
    // The key of an extra source is how a test's own mirror is trusted.
    const key = mirror.key.replaceAll(/^/gm, '    ');
    const sources = `local:\n  entry: deb ${mirror.url} trixie main\n  signing_key: |\n${key}\n`;
    await writeFile(join(config, 'extra_apt_sources_list.yaml'), sources);
    const settings = { suite: 'trixie', arch: 'amd64', backend: 'fake', mirror: mirror.url };
    const lines = Object.entries(settings).map(([name, value]) => `debci_${name}=${value}\n`);
    await writeFile(join(config, 'debci.conf'), lines.join(''));
    common = ['--config', config, '--data-dir', join(folder.path, 'data')];
    state = join(folder.path, 'data', 'state');
    service = new Service(['up', ...common, '--port', '0']);
    await service.said('worker ready');
  }, 60_000);
  afterEach(async () => {
    await service.kill();
    mirror.dispose();
    folder.remove();
  });

  const batch = (...args: string[]): Promise<Ended> => debci(['batch', ...common, '-e', 'local', ...args]);
  const summaryOf = ({ stdout }: Ended): string => stdout.trim().split('\n').at(-1) ?? '';
  const allPassed = (count: number): Promise<void> =>
    vi.waitFor(
      async () => {
        const { stdout } = await debci(['status', ...common, '--json']);
        const passed = (JSON.parse(stdout) as { run: { status: string } | null }[]).filter(
          ({ run }) => run?.status === 'pass',
        );
        expect(passed).toHaveLength(count);
      },
      { timeout: 30_000, interval: 200 },
    );

  it('asks for what is new, then for nothing, then for what changed', async () => {
    const first = await batch('--only', 'hello,colors.js,d3-format');
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout.split('\n').slice(0, 2)).toEqual([
      'colors.js trixie/amd64/fake requested: never tested',
      'd3-format trixie/amd64/fake requested: never tested',
    ]);
    expect(summaryOf(first)).toBe('3 requested');
    await allPassed(3);
    expect(summaryOf(await batch('--only', 'hello,colors.js,d3-format'))).toBe('0 requested; 3 unchanged');

    const { packages, sources } = realIndices();
    mirror.publish('trixie', { packages: withVersion(packages, 'libc6', '2.36-10'), sources });
    const dry = await batch('--only', 'hello,colors.js,d3-format', '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).toMatchObject({
      wouldRequest: [{ package: 'hello', why: 'changed', changes: [{ package: 'libc6', to: '2.36-10' }] }],
      skipped: { unchanged: 2, pending: 0, rejected: 0 },
    });
    const explained = await batch('--explain', 'hello');
    expect(explained.stdout).toMatch(
      /^hello 2\.10-3 would be run: libc6 \S+ → 2\.36-10\nlast run: 3, pass, .*\npackages in its chain: 4\n {2}libc6 \S+ → 2\.36-10\n$/,
    );
    const third = await batch('--json', '--only', 'hello,colors.js,d3-format');
    expect(JSON.parse(third.stdout)).toMatchObject({ runs: [{ runId: 4, package: 'hello' }], held: 0 });
  }, 120_000);

  it('asks for the backend that a package was given, unless one is named', async () => {
    const set = await debci(['package', 'set-backend', ...common, '--reason', 'needs a machine', 'hello', 'qemu']);
    expect(set).toMatchObject({ code: 0, stdout: 'hello is run in qemu\n' });
    const dry = (...args: string[]): Promise<Ended> => batch('--only', 'hello,gzip', '--dry-run', ...args);
    expect((await dry()).stdout).toContain('hello trixie/amd64/qemu would be requested');
    expect((await dry()).stdout).toContain('gzip trixie/amd64/fake would be requested');
    expect((await dry('--backend', 'lxc')).stdout).toContain('hello trixie/amd64/lxc would be requested');
    expect((await batch('--only', 'hello')).stdout).toContain('hello trixie/amd64/qemu requested: never tested');
    expect((await debci(['enqueue', ...common, 'hello', 'sed'])).stdout).toBe(
      'hello trixie/amd64/qemu requested\nsed trixie/amd64/fake requested\n',
    );
    expect((await debci(['enqueue', ...common, '-b', 'fake', 'hello'])).stdout).toBe(
      'hello trixie/amd64/fake requested\n',
    );
    const shown = await debci(['package', 'backends', ...common, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject([{ package: 'hello', backend: 'qemu', reason: 'needs a machine' }]);
    const unset = ['package', 'set-backend', ...common, 'hello', '--unset'];
    expect((await debci(unset)).stdout).toBe('hello is run in the usual backend\n');
    expect((await debci(unset)).stdout).toBe('hello was run in the usual backend already\n');
    expect((await debci(['package', 'backends', ...common])).stdout).toBe('no package has a backend of its own\n');
    const wrong = await debci(['package', 'set-backend', ...common, 'hello', 'quemu']);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('qemu');
  }, 120_000);

  it('obeys reject list, seed list and limit', async () => {
    await writeFile(join(config, 'reject_list'), '# too greedy\nhello\n');
    await writeFile(join(config, 'seed_list'), '#!/bin/sh\nprintf "%s\\n" hello sed gzip nosuch\n', { mode: 0o755 });
    const ended = await batch('--limit', '1');
    expect(ended.stdout).toBe(
      'gzip trixie/amd64/fake requested: never tested\n1 requested; 1 on the reject list; ' +
        '1 left for the next batch (--limit); 1 not in the archive\n',
    );
    expect((await batch('--explain', 'hello')).stdout).toContain('it is on the reject list (too greedy)');
    expect((await batch('--explain', 'adduser')).stdout).toContain('it is not in the seed list');
    expect((await batch('--explain', 'nosuch')).stdout).toContain('the archive has no such source package');
  }, 120_000);

  it('does nothing from --offline to --online', async () => {
    expect((await batch('--offline')).stdout).toBe('batch is offline\n');
    const refused = await batch();
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('debci batch --online');
    expect((await batch('--online')).stdout).toBe('batch is online\n');
    expect(summaryOf(await batch('--only', 'hello'))).toBe('1 requested');
  }, 120_000);

  it('waits for another batch, or leaves', async () => {
    const release = new FileLock(join(state, 'batch.lock')).tryAcquire();
    const left = await batch('--no-wait');
    expect(left).toMatchObject({ code: 1, stdout: '' });
    expect(left.stderr).toContain('another batch is running');
    const waiting = new Service(['batch', ...common, '-e', 'local', '--only', 'hello']);
    await waiting.line(({ msg }) => msg.startsWith('Waiting for another batch'));
    release?.();
    expect(await waiting.ended).toBe(0);
    expect(summaryOf(await batch('--only', 'hello'))).toMatch(/^0 requested; 1 (pending|unchanged)$/);
  }, 120_000);

  it('says what is wrong with what it was given, and asks for nothing', async () => {
    expect(await batch('--only', '../etc')).toMatchObject({ code: 2, stdout: '' });
    expect(await batch('--limit', '-1')).toMatchObject({ code: 2, stdout: '' });
    const unknown = await batch('--suite', 'nosuch');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('apt-get ended with exit code 100');
  }, 60_000);
});
