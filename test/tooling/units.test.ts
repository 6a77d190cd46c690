import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEBCI } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';

const FOLDER = fileURLToPath(new URL('../../systemd', import.meta.url));
const INSTALLED = '/usr/local/bin/debci';
const units = readdirSync(FOLDER).filter((name) => /\.(service|timer|slice)$/.test(name));
const services = units.filter((name) => name.endsWith('.service'));
const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;
/** What systemd-analyze may say of the exposure of each, 0 to 10. Those that run tests cannot hide much from them. */
const LIMITS: Readonly<Record<string, number>> = { 'debci-worker@.service': 7, 'debci-update.service': 7 };
const USUAL_LIMIT = 2;

const textOf = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');
const values = (name: string, key: string): string[] =>
  Array.from(textOf(name).matchAll(new RegExp(`^${key}=(.*)$`, 'gm')), ([, value = '']) => value);

describe('the systemd units', () => {
  it('are those of collector, server, workers, batch and updates', () => {
    expect(units.sort()).toEqual([
      ...['debci-batch@.service', 'debci-batch@.timer', 'debci-collector.service', 'debci-server.service'],
      ...['debci-update.service', 'debci-update.timer', 'debci-worker.slice', 'debci-worker@.service'],
    ]);
  });

  it.each(services)('%s runs an existing command as its own user, and leaves no process behind', (name) => {
    const [command = ''] = values(name, 'ExecStart');
    expect(command.startsWith(`${INSTALLED} `)).toBe(true);
    const words = command
      .slice(INSTALLED.length + 1)
      .replaceAll('%i', 'sid')
      .split(' ');
    const help = spawnSync(process.execPath, [DEBCI, words[0] ?? '', '--help'], { encoding: 'utf8' });
    expect(help.status).toBe(0);
    for (const flag of words.filter((word) => word.startsWith('--'))) expect(help.stdout).toContain(flag);
    expect(values(name, 'User')).toEqual(['debci']);
    // With `mixed`, debci alone hears SIGTERM; the rest of the control group is killed once it has ended, however it did.
    expect(values(name, 'KillMode')).toEqual(['mixed']);
    expect(values(name, 'SendSIGKILL')).toEqual([]);
  });

  it('bound what a worker may take', () => {
    for (const key of ['CPUQuota', 'MemoryMax', 'TasksMax'])
      expect(values('debci-worker@.service', key)).toHaveLength(1);
    for (const name of ['debci-worker@.service', 'debci-update.service']) {
      expect(values(name, 'Slice')).toEqual(['debci-worker.slice']);
    }
  });

  it('let every timer find its service', () => {
    for (const timer of units.filter((name) => name.endsWith('.timer'))) {
      expect(units).toContain(timer.replace('.timer', '.service'));
      expect(values(timer, 'OnCalendar')).toHaveLength(1);
    }
  });
});

describe.skipIf(!hasAnalyze && process.env.CI !== 'true')('systemd-analyze', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(() => {
    folder = temporaryFolder();
    for (const name of units) {
      writeFileSync(join(folder.path, name), textOf(name).replaceAll(INSTALLED, DEBCI));
    }
  });
  afterAll(() => {
    folder.remove();
  });

  const analyze = (...args: string[]): { output: string; status: number | null } => {
    const { stdout, stderr, status } = spawnSync('systemd-analyze', args, { cwd: folder.path, encoding: 'utf8' });
    return { output: `${stdout}${stderr}`, status };
  };

  it('finds nothing wrong with any of them', () => {
    expect(analyze('verify', ...units.map((name) => `./${name}`))).toEqual({ output: '', status: 0 });
  });

  it('would find what is wrong', () => {
    const broken = join(folder.path, 'broken');
    mkdirSync(broken);
    const text = textOf('debci-collector.service').replace('PrivateTmp=', 'PrivateTemp=');
    writeFileSync(join(broken, 'debci-collector.service'), text.replace(INSTALLED, '/nonexistent/debci'));
    const { output } = analyze('verify', './broken/debci-collector.service');
    expect(output).toContain('PrivateTemp');
    expect(output).toContain('/nonexistent/debci');
  });

  it.each(services)('holds %s to be as hardened as it can be', (name) => {
    const { output } = analyze('security', '--offline=true', `./${name}`);
    const verdict = /Overall exposure level for .*: ([\d.]+) (\w+)/.exec(output);
    console.log(`systemd-analyze security: ${name} ${verdict?.[1] ?? '?'} ${verdict?.[2] ?? ''}`);
    expect(Number(verdict?.[1])).toBeLessThanOrEqual(LIMITS[name] ?? USUAL_LIMIT);
  });
});
