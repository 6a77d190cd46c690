import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { cleanEnvironment } from '../../../../src/adapters/shared/process/environment.js';
import { type ProgramRun, runProgram } from '../../../../src/adapters/shared/process/run-program.js';
import { Tail } from '../../../../src/adapters/autopkgtest/process/tail.js';
import { MissingProgramError } from '../../../../src/domain/ports/testbed.js';

describe('a program that we run', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'debci-test-program-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const output = new Tail(10_000);
  function run(script: string, part: Partial<ProgramRun> = {}) {
    return runProgram({
      argv: ['sh', '-c', script],
      debianPackage: 'dash',
      cwd: folder,
      env: cleanEnvironment('/usr/bin:/bin', folder),
      signal: new AbortController().signal,
      graceMs: 100,
      onOutput: (chunk) => {
        output.add(chunk);
      },
      ...part,
    });
  }
  const file = (name: string) => join(folder, name);
  const pidIn = async (name: string) => Number(await readFile(file(name), 'utf8'));
  const appears = (name: string) =>
    vi.waitFor(
      () => {
        expect(existsSync(file(name))).toBe(true);
      },
      { timeout: 10_000 },
    );
  /** A process that is gone, or waits as a zombie for init to notice. */
  async function isGone(pid: number): Promise<boolean> {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
    return /\) [ZX]/.test(stat);
  }

  it('gives its exit code and what it printed on either output', async () => {
    expect(await run('echo one; echo two >&2; exit 7')).toEqual({ exitCode: 7, ended: 'by itself' });
    expect(output.text()).toContain('one\n');
    expect(output.text()).toContain('two\n');
  });

  it('has no exit code when another killed it', async () => {
    expect(await run('kill -9 $$')).toEqual({ exitCode: null, ended: 'by itself' });
  });

  it('may clean up after SIGTERM, with its helpers still running', async () => {
    const script = `
      sleep 600 & echo $! > helper
      trap 'kill -0 $(cat helper) && echo yes > cleaned; exit 1' TERM
      echo > begun
      wait`;
    const abort = new AbortController();
    const running = run(script, { signal: abort.signal, graceMs: 10_000 });
    await appears('begun');
    abort.abort();
    expect(await running).toEqual({ exitCode: null, ended: 'stopped' });
    expect(existsSync(file('cleaned'))).toBe(true);
    expect(await isGone(await pidIn('helper'))).toBe(true);
  });

  it('is killed when it does not heed SIGTERM within the grace period', async () => {
    const startedAt = Date.now();
    const exit = await run(`trap '' TERM; while :; do sleep 0.05; done`, { timeoutMs: 50 });
    expect(exit).toEqual({ exitCode: null, ended: 'timed out' });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(149);
  });

  const writesPid = `sh -c 'echo $$ > pid.new; exec sleep 600'`;
  const begun = 'until [ -s pid.new ]; do sleep 0.01; done; mv pid.new pid';
  const inGroup = ['in its group', `${writesPid} &`] as const;
  const inSession = ['in a session of its own', `setsid ${writesPid} &`] as const;
  const orphaned = ['orphaned, in a session of its own', `(setsid ${writesPid} &) &`] as const;
  const disguised = ['without our environment, in a session of its own', `env -i setsid ${writesPid} &`] as const;

  it.each([inGroup, inSession, orphaned, disguised])('leaves no process %s when it is stopped', async (_, script) => {
    const abort = new AbortController();
    const running = run(`${script}\n${begun}; sleep 600`, { signal: abort.signal });
    await appears('pid');
    abort.abort();
    expect((await running).ended).toBe('stopped');
    expect(await isGone(await pidIn('pid'))).toBe(true);
  });

  it.each([inGroup, inSession, orphaned])('leaves no process %s after its end', async (_, script) => {
    expect(await run(`${script}\n${begun}`)).toEqual({ exitCode: 0, ended: 'by itself' });
    expect(await isGone(await pidIn('pid'))).toBe(true);
  });

  it('is over at its end, even if a process that hid from us holds its output open', async () => {
    expect(await run(`${disguised[1]}\n${begun}`)).toEqual({ exitCode: 0, ended: 'by itself' });
    process.kill(await pidIn('pid'), 'SIGKILL');
  });

  it('leaves other processes alone', async () => {
    const abort = new AbortController();
    const other = run('echo > other; sleep 600', {
      env: cleanEnvironment('/usr/bin:/bin', '/elsewhere'),
      signal: abort.signal,
    });
    await appears('other');
    let ended = false;
    void other.then(() => (ended = true));
    await run('true');
    expect(ended).toBe(false);
    abort.abort();
    expect((await other).ended).toBe('stopped');
  });

  it('does not time out at once where the time-out is longer than any timer', async () => {
    expect(await run('sleep 0.1', { timeoutMs: 2 ** 40 })).toEqual({ exitCode: 0, ended: 'by itself' });
  });

  it('is not begun after an abort', async () => {
    expect(await run('echo > begun', { signal: AbortSignal.abort() })).toEqual({ exitCode: null, ended: 'stopped' });
    expect(existsSync(file('begun'))).toBe(false);
  });

  it('is named with its Debian package where it is not installed', async () => {
    const missing = run('', { argv: ['debci-no-such-program'], debianPackage: 'no-such-package' });
    await expect(missing).rejects.toThrow(MissingProgramError);
    await expect(missing).rejects.toThrow(/debci-no-such-program.*no-such-package/);
  });
});
