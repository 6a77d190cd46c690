import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { Service } from '../support/service.js';
import { onTerminal } from '../support/terminal.js';

describe('debci up, on one machine without a broker', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let data: string[];
  const services: Service[] = [];
  const up = (): Service => {
    const service = new Service(['up', ...data, '--backend', 'fake', '--suite', 'unstable', '--port', '0']);
    services.push(service);
    return service;
  };

  beforeAll(build, 120_000);
  beforeEach(() => {
    folder = temporaryFolder();
    data = ['--data-dir', join(folder.path, 'data')];
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.kill()));
    folder.remove();
  });

  it('runs what another process enqueues, and shows it on its pages and its command line', async () => {
    const service = up();
    const { url } = (await service.said('pages are served')) as unknown as { url: string };
    await service.said('worker ready');
    const enqueued = await debci(['enqueue', ...data, '--backend', 'fake', '--trigger', 'why not', 'hello']);
    expect(enqueued.code).toBe(0);
    expect(enqueued.stdout).toMatch(/^hello unstable\/\w+\/fake requested\n$/);
    const arch = enqueued.stdout.split('/')[1] ?? '';
    await service.line(({ msg, package: name }) => msg === 'result received' && name === 'hello');
    const history = await debci(['history', ...data, '--json', 'hello']);
    expect(JSON.parse(history.stdout)).toMatchObject([{ runId: 1, status: 'pass', trigger: 'why not' }]);
    const status = await debci(['status', ...data, 'hello']);
    expect(status.stdout).toMatch(/hello +unstable\/\w+ +pass/);
    const log = await debci(['log', ...data, '1']);
    expect(log.stdout).toContain('autopkgtest');
    const page = await fetch(`${url}/packages/h/hello/`);
    expect(page.status).toBe(200);
    const target = `${url}/data/packages/unstable/${arch}/h/hello`;
    expect(await (await fetch(`${target}/latest.json`)).json()).toMatchObject({ run_id: 1, status: 'pass' });
    expect(await (await fetch(`${target}/latest-autopkgtest/log.gz`)).text()).toContain('autopkgtest');
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(`debci_results_total{suite="unstable",arch="${arch}",status="pass"} 1\n`);
    expect(metrics).toContain('debci_bus_state{state="connected"} 1\n');
    expect(await service.stop()).toBe(0);
  });

  it('gives the log of a private run to whoever brings the key of its requestor, and to nobody else', async () => {
    const service = up();
    const { url } = (await service.said('pages are served')) as unknown as { url: string };
    await service.said('worker ready');
    await debci(['enqueue', ...data, '--backend', 'fake', '--private', 'hello']);
    await service.line(({ msg, package: name }) => msg === 'result received' && name === 'hello');
    const [run] = JSON.parse((await debci(['history', ...data, '--json', 'hello'])).stdout) as { arch: string }[];
    const key = readFileSync(join(data[1]!, 'state', 'local.key'), 'utf8').trim();
    for (const path of ['data/autopkgtest/unstable/A/h/hello/1/log.gz', 'packages/h/hello/unstable/A/1/']) {
      const address = `${url}/${path.replace('A', run!.arch)}`;
      const mine = await fetch(address, { headers: { authorization: `Bearer ${key}` } });
      expect([mine.status, await mine.text()]).toEqual([200, expect.stringContaining('autopkgtest')]);
      expect((await fetch(address)).status).toBe(404);
      expect((await fetch(address, { headers: { 'auth-key': 'wrong' } })).status).toBe(401);
    }
  });

  it('finishes after a kill -9 what it had been asked for', async () => {
    const first = up();
    await first.said('worker ready');
    await debci(['enqueue', ...data, '--backend', 'fake', '--trigger', 'fake:duration=60', 'hello']);
    await debci(['enqueue', ...data, '--backend', 'fake', 'dpkg']);
    await first.said('test started');
    await first.kill();
    const second = up();
    await second.line(({ msg, package: name }) => msg === 'test started' && name === 'hello');
    const history = await debci(['history', ...data, '--json', 'hello']);
    expect(JSON.parse(history.stdout)).toMatchObject([{ runId: 1, status: null }]);
  });

  it('takes the result of the test that it finishes when it is stopped', async () => {
    const service = up();
    await service.said('worker ready');
    await debci(['enqueue', ...data, '--backend', 'fake', '--trigger', 'fake:duration=1', 'hello']);
    await service.said('test started');
    expect(await service.stop()).toBe(0);
    const history = await debci(['history', ...data, '--json', 'hello']);
    expect(JSON.parse(history.stdout)).toMatchObject([{ runId: 1, status: 'pass' }]);
  });

  it('cancels what waits, by filter or by id, and retries what has ended', async () => {
    const service = up();
    await service.said('worker ready');
    await debci(['enqueue', ...data, '--backend', 'fake', '--trigger', 'fake:duration=60', 'hello']);
    await service.said('test started');
    await debci(['enqueue', ...data, '--backend', 'fake', 'dpkg', 'apt']);
    const unasked = await debci(['cancel', ...data, '--state', 'pending']);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain('--yes');
    const asked = async (answer: string): Promise<string> => {
      const terminal = onTerminal(['cancel', ...data, '--package', 'apt']);
      await terminal.shows(/Cancel 1 jobs\? \[y\/N\]/);
      terminal.type(`${answer}\n`);
      return (await terminal.ended).shown;
    };
    const declined = await asked('n');
    expect(declined).toMatch(/3 {2}apt unstable\/\w+ pending[^]+Cancel 1 jobs\? \[y\/N\]/);
    expect(declined).toContain('nothing was cancelled');
    expect(await asked('y')).toContain('3 cancelled');
    const waiting = await debci(['cancel', ...data, '--state', 'pending', '--yes']);
    expect(waiting).toMatchObject({ code: 0, stdout: '2 cancelled\n' });
    expect(await debci(['cancel', ...data, '1', '2'])).toMatchObject({
      code: 0,
      stdout: '1 cancelled\n2 had ended already\n',
    });
    expect((await debci(['cancel', ...data, '99'])).code).toBe(2);
    const again = await debci(['retry', ...data, '2']);
    expect(again.stdout).toMatch(/^dpkg unstable\/\w+\/fake requested as run 4\n$/);
  });

  it('refuses a second instance on the same data folder', async () => {
    await up().said('worker ready');
    const second = await debci(['up', ...data, '--backend', 'fake', '--port', '0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('another instance');
  });
});

describe('debci enqueue', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeAll(async () => {
    await build();
    folder = temporaryFolder();
  }, 120_000);
  afterAll(() => {
    folder.remove();
  });

  it('ends with 1 and a clear message where there is neither a broker nor a local instance', async () => {
    const args = ['enqueue', '--data-dir', folder.path, '--amqp', 'amqp://user:secret@127.0.0.1:1', 'hello'];
    const { code, stdout, stderr } = await debci(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('127.0.0.1');
    expect(stderr).not.toContain('secret');
  });

  it.each([
    ['package', ['Hello!']],
    ['suite', ['--suite', '../etc', 'hello']],
    ['arch', ['--arch', 'amd64;', 'hello']],
    ['backend', ['--backend', 'a/b', 'hello']],
    ['priority', ['--priority', '11', 'hello']],
    ['pin-packages', ['--pin-packages', 'unstable', 'hello']],
    ['trigger', ['--trigger', 'a\u001b[31m', 'hello']],
    ['trigger', ['--trigger', 'x'.repeat(513), 'hello']],
  ])('refuses a bad %s with 2, naming it, the value and what is allowed', async (field, args) => {
    const { code, stderr } = await debci(['enqueue', '--data-dir', folder.path, ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(field);
    expect(stderr).toContain('allowed');
  });
});
