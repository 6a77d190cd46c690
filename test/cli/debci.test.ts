import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAssignments } from '../../src/cli/config/shell-assignments.js';
import { build, debci, DEBCI } from '../support/debci.js';

let dir: string;
/** The names of all commands, as typed. */
let commands: string[];

beforeAll(async () => {
  await build();
  dir = await mkdtemp(join(tmpdir(), 'debci-cli-'));
  const manifest = JSON.parse(
    await readFile(new URL('../../dist/bundle/oclif.manifest.json', import.meta.url), 'utf8'),
  ) as {
    commands: Record<string, unknown>;
  };
  commands = Object.keys(manifest.commands).map((id) => id.replaceAll(':', ' '));
}, 120_000);
afterAll(() => rm(dir, { recursive: true }));

describe('debci', () => {
  it('prints its version, and loads nothing for it', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await debci(['--version'])).toEqual({ code: 0, stdout: `debci ${version}\n`, stderr: '' });
  });

  it('alone prints its help, which lists every command', async () => {
    const { code, stdout } = await debci([]);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command.split(' ')[0]} `, 'm'));
    expect((await debci(['--help'])).stdout).toBe(stdout);
    expect((await debci(['help'])).stdout).toBe(stdout);
  });

  it('gives help with examples for each command', async () => {
    expect(commands).toContain('config');
    for (const command of commands) {
      const { code, stdout, stderr } = await debci([...command.split(' '), '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`EXAMPLES\\n[^]*\\$ debci ${command}`));
      expect(stdout).toContain('DESCRIPTION');
    }
  });

  it('colours nothing that goes into a pipe', async () => {
    for (const args of [['--help'], ['config'], ['config', '--help'], ['frobnicate']]) {
      const { stdout, stderr } = await debci(args);
      expect(stdout + stderr).not.toContain('\u001b');
    }
  });

  it.each([
    [['frobnicate'], 'debci: there is no command frobnicate; debci --help lists those that there are\n'],
    [['config', 'extra'], 'debci: there is no command config extra; debci --help lists those that there are\n'],
    [['config', '--frobnicate'], 'debci: Nonexistent flag: --frobnicate\n'],
    [['config', '--suite'], 'debci: Flag --suite expects a value\n'],
    [['config', '--suite', '../etc'], 'debci: --suite: "../etc" is not allowed; allowed is a suite name'],
    [['config', '--config', '/nonexistent'], 'debci: --config: "/nonexistent" is not allowed'],
  ])('ends %j with exit code 2 and no stack trace', async (args, message) => {
    const { code, stdout, stderr } = await debci(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('ends with exit code 1 where something else goes wrong, and shows the stack with --debug only', async () => {
    // A file where a folder should be.
    const file = join(dir, 'file');
    await writeFile(file, '');
    const plain = await debci(['config', '--config', file]);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/^debci: .* cannot be read\n {2}because: ENOTDIR[^\n]*\n$/);
    expect((await debci(['config', '--config', file, '--debug'])).stderr).toMatch(/^\s+at /m);
  });

  it('ends quietly when its reader goes away', async () => {
    const command = 'exec 3>&1; { "$0" "$1" config; echo "$?" >&3; } | exec true';
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command, process.execPath, DEBCI]);
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  it('is not led astray by NODE_ENV', async () => {
    for (const NODE_ENV of ['development', 'test', 'production']) {
      expect(await debci(['config', '--arch', 'amd64'], { NODE_ENV })).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

describe('debci config', () => {
  const env = {
    debci_arch: 'armhf',
    debci_amqp_server: 'amqp://ci:hush@broker.example.org',
    debci_session_secret: 'hush',
  };

  it('shows every setting, its source, and no secret', async () => {
    await writeFile(join(dir, 'debci.conf'), 'debci_suite=trixie\n');
    const { stdout } = await debci(['config', '--config', dir, '--backend', 'null'], env);
    expect(stdout).toMatch(new RegExp(`^debci_suite=trixie +# ${dir}/debci.conf:1$`, 'm'));
    expect(stdout).toMatch(/^debci_arch=armhf +# environment$/m);
    expect(stdout).toMatch(/^debci_backend=null +# --backend$/m);
    expect(stdout).toMatch(/^debci_quiet=false +# default$/m);
    expect(stdout).toMatch(/^debci_amqp_server='amqp:\/\/ci:\*\*\*@broker.example.org' +# environment$/m);
    expect(stdout).not.toContain('hush');
  });

  it('prints what can be read back', async () => {
    const { stdout } = await debci(['config', '--config', dir], { debci_distro_name: "Debian's  #1" });
    const again = join(dir, 'again');
    await promisify(execFile)('mkdir', ['-p', again]);
    await writeFile(join(again, 'debci.conf'), stdout);
    expect(parseAssignments(stdout, 'stdout').length).toBeGreaterThan(15);
    const { settings, code } = await settingsOf(['--config', again]);
    expect(code).toBe(0);
    expect(settings.distro_name?.value).toBe("Debian's  #1");
  });

  it('prints JSON with --json', async () => {
    const { settings } = await settingsOf(['--config', dir], env);
    expect(settings.arch).toEqual({ value: 'armhf', source: 'environment' });
    expect(settings.mirror).toEqual({ value: null, source: 'default' });
    expect(settings.session_secret?.value).toBe('***');
  });

  it('warns on stderr about a setting that is not known', async () => {
    expect(await debci(['config', '--json'], { debci_arhc: 'amd64' })).toMatchObject({
      code: 0,
      stderr: 'debci: environment: debci_arhc is not a setting of debci; it is ignored\n',
    });
  });

  async function settingsOf(
    args: string[],
    environment: Record<string, string> = {},
  ): Promise<{ code: number; settings: Record<string, { value: unknown; source: string }> }> {
    const { code, stdout } = await debci(['config', '--json', ...args], environment);
    return { code, settings: JSON.parse(stdout) as Record<string, { value: unknown; source: string }> };
  }
});
