import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { connect, type ChannelModel, type ConsumeMessage, type Options } from 'amqplib';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithRabbitmq, freshVhost } from '../support/broker.js';
import { build, debci } from '../support/debci.js';
import {
  DebianWorker,
  describeWithDebian,
  withArchiveOfGreet,
  type DebianWorkerOptions,
} from '../support/debian-debci.js';
import { temporaryFolder } from '../support/folder.js';
import { Service } from '../support/service.js';

interface Recorded {
  readonly fields: { readonly routingKey: string };
  readonly properties: Options.Publish;
  readonly payload: string;
}

const QUEUE = 'debci-tests-amd64-fake';
const TRIGGER = 'libc6/2.42-1 & "glibc" für alle';
const KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ\n-----END PGP PUBLIC KEY BLOCK-----\n';
const ENTRY = 'deb http://deb.example.org/debian experimental main';

/** Jobs as Debian's collector published them, and one with what the others do not have. */
function debianJobs(): Recorded[] {
  const file = new URL('../fixtures/debci-4.4/dispatch/messages.json', import.meta.url);
  const recorded = (JSON.parse(readFileSync(file, 'utf8')) as Recorded[]).filter(
    ({ fields }) => fields.routingKey === QUEUE,
  );
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const source = `extra-apt-source:${base64(ENTRY)} signing-key:${base64(KEY)}`;
  const payload = `apt unstable run-id:999 ${source} autopkgtest:upgrade tomorrow:unknown backend:fake`;
  return [...recorded, { ...recorded[0]!, payload }];
}

describeWithRabbitmq('debci beside Debian’s', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let amqp: string;
  const services: Service[] = [];
  const workers: DebianWorker[] = [];
  beforeAll(build, 120_000);
  beforeEach(async () => {
    folder = temporaryFolder();
    amqp = await freshVhost();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(workers.map(({ said }) => said).join('\n'));
    await Promise.all([...services.splice(0), ...workers.splice(0)].map((each) => each.kill()));
    folder.remove();
  });

  const place = (name: string): string => join(folder.path, name);
  const args = (...more: string[]): string[] => ['--amqp', amqp, '--data-dir', place('ours'), ...more];
  const start = (...words: string[]): Service => {
    const service = new Service(words);
    services.push(service);
    return service;
  };

  describeWithDebian('its worker serves our collector', () => {
    const startDebian = (options: Omit<DebianWorkerOptions, 'amqp' | 'folder'>): void => {
      workers.push(new DebianWorker({ amqp, folder: place('debian'), ...options }));
    };
    const about = async (command: string, ...more: string[]): Promise<string> =>
      (await debci([command, '--data-dir', place('ours'), ...more])).stdout;
    const runOf = async (name: string): Promise<unknown> =>
      (JSON.parse(await about('history', '--arch', 'amd64', '--json', name)) as unknown[])[0];

    it('with its backend fake; pins, triggers, sources and their keys reach it', async () => {
      mkdirSync(place('config'));
      const sources = { experimental: { entry: ENTRY, allowed_users: [], signing_key: KEY } };
      writeFileSync(join(place('config'), 'extra_apt_sources_list.yaml'), JSON.stringify(sources));
      const collector = start('collector', ...args());
      await collector.said('collector ready');
      startDebian({ backend: 'fake', env: { DEBCI_FAKE_RESULT: 'pass' } });
      const jobs = args('--config', place('config'), '--arch', 'amd64', '--backend', 'fake');
      const pins = ['--pin-packages', 'experimental=src:glibc,libc6', '--trigger', TRIGGER];
      const enqueued = await debci(['enqueue', ...jobs, ...pins, '--extra-apt-sources', 'experimental', 'hello']);
      expect(enqueued).toMatchObject({ code: 0 });
      await collector.said('result received');
      expect(await runOf('hello')).toMatchObject({ status: 'pass', exitCode: 0, trigger: TRIGGER, attempt: 1 });
      const log = await about('log', '1');
      expect(log).toContain('Ignored option/argument: --pin-packages=experimental=src:glibc,libc6');
      expect(log).toContain(`Ignored option/argument: --add-apt-source=${ENTRY}`);
      expect(log).toMatch(/Ignored option\/argument: --copy=\S+:\/etc\/apt\/trusted\.gpg\.d\//);
    });

    it.skipIf(process.getuid?.() !== 0)('with its backend null, by autopkgtest itself', async () => {
      const collector = start('collector', ...args());
      await collector.said('collector ready');
      startDebian({ backend: 'null', through: withArchiveOfGreet(place('archive')) });
      await debci(['enqueue', ...args('--arch', 'amd64', '--backend', 'null', 'greet')]);
      await collector.said('result received');
      expect(await runOf('greet')).toMatchObject({ status: 'pass', exitCode: 0, version: '1.0' });
      expect(await about('log', '1')).toMatch(/command1 +PASS/);
    });
  });

  it('our worker does the jobs of its collector, and sends what that expects', async () => {
    const broker = await connect(amqp);
    const jobs = debianJobs();
    try {
      const channel = await broker.createConfirmChannel();
      await channel.assertQueue('debci_results', { durable: true });
      await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-max-priority': 10 } });
      for (const { properties, payload } of jobs) channel.sendToQueue(QUEUE, Buffer.from(payload), properties);
      await channel.waitForConfirms();
      start('worker', ...args('--arch', 'amd64', '--backend', 'fake'));
      const results = await received(broker, jobs.length);
      const packages = results.map((message) => checkResult(message, place('results')));
      expect(packages.sort()).toEqual(['apt', 'dpkg', 'hello', 'libxml2']);
    } finally {
      await broker.close();
    }
  });
});

async function received(broker: ChannelModel, count: number): Promise<ConsumeMessage[]> {
  const channel = await broker.createChannel();
  const messages: ConsumeMessage[] = [];
  await new Promise<void>((resolve) => {
    void channel.consume('debci_results', (message) => {
      if (message === null) return;
      messages.push(message);
      channel.ack(message);
      if (messages.length === count) resolve();
    });
  });
  return messages;
}

/** Holds a result to every rule of Debian's collector, read with GNU tar. @returns the package */
function checkResult({ content, properties }: ConsumeMessage, folder: string): string {
  expect((properties as { deliveryMode?: number }).deliveryMode).toBe(2);
  mkdirSync(folder, { recursive: true });
  const tar = (...args: string[]): string =>
    execFileSync('tar', ['--gzip', '--file', '-', ...args], { input: content, encoding: 'utf8' });
  const names = tar('--list').trimEnd().split('\n');
  const [, prefix] = /^(autopkgtest-incoming\/[a-z]+\/amd64\/(?:lib)?[a-z]\/[a-z0-9.+-]+\/\d+\/)/.exec(names.at(-1)!)!;
  expect(names.filter((name) => !name.startsWith(prefix!))).toEqual([]);
  const [, , , letters, name, runId] = prefix!.split('/');
  expect(letters).toBe(name!.startsWith('lib') ? name!.slice(0, 4) : name!.slice(0, 1));
  tar('--extract', '--directory', folder);
  const root = join(folder, prefix!);
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const files = readdirSync(root);
  expect(files).toEqual(expect.arrayContaining(['duration', 'exitcode', 'log.gz', 'testpkg-version', 'worker']));
  expect(files.filter((file) => /^log$|-std(out|err)$|^tests-tree$/.test(file))).toEqual([]);
  expect(read('exitcode')).toMatch(/^\d+\n?$/);
  expect(read('duration')).toMatch(/^\d+\n?$/);
  expect(Math.abs(Date.now() - statSync(join(root, 'duration')).mtimeMs)).toBeLessThan(600_000);
  expect(gunzipSync(readFileSync(join(root, 'log.gz'))).length).toBeGreaterThan(0);
  expect(read('testpkg-version').split(' ')).toEqual([name, expect.stringMatching(/^\S+\n?$/)]);
  expect(read('worker')).toMatch(/^[^.\s]+\n?$/);
  if (runId === '544') expect(read('trigger').trimEnd()).toBe('libc6/2.42-1 & glibc');
  else expect(files).not.toContain('trigger');
  return name!;
}
