import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SqliteCheckpointStore } from '../../src/adapters/sqlite/checkpoint-store.js';
import { writeGeneratedLog } from '../../bench/generated-log.js';
import { build, debci, type Ended } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { dump } from '../support/read-models.js';
import { Service } from '../support/service.js';
import { onTerminal } from '../support/terminal.js';

/** What `--json` tells of a replay. */
interface Done {
  readonly events: number;
  readonly position: string;
  readonly pages?: number;
}

let folder: ReturnType<typeof temporaryFolder>;
let dataDir: string;
let html: string;
const services: Service[] = [];

beforeAll(build, 120_000);
beforeEach(() => {
  folder = temporaryFolder();
  dataDir = join(folder.path, 'data');
  html = join(dataDir, 'html');
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.kill()));
  folder.remove();
});

const run = (...args: string[]): Promise<Ended> => debci([...args, '--data-dir', dataDir]);

async function done(...args: string[]): Promise<Done> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Done;
}

async function start(): Promise<Service> {
  const args = ['up', '--data-dir', dataDir, '--backend', 'fake', '--suite', 'unstable', '--port', '0'];
  const service = new Service(args);
  services.push(service);
  await service.said('worker ready');
  return service;
}

/** Runs a job of the fake testbed, and waits for its result. */
async function finish(service: Service, name: string, trigger = 'fake:exit=0', ...flags: string[]): Promise<void> {
  await run('enqueue', '--backend', 'fake', '--suite', 'unstable', '--trigger', trigger, ...flags, name);
  await service.line((line) => line.msg === 'result received' && line.package === name);
}

/** Two packages, one of which passed first and failed then. */
async function someResults(service: Service): Promise<void> {
  await finish(service, 'hello');
  await finish(service, 'dpkg', 'fake:exit=4');
}

/** Once the pages show all that the log holds. */
async function pagesAreUp(): Promise<void> {
  const { position } = await done('replay', '--verify');
  const checkpoints = SqliteCheckpointStore.open(join(dataDir, 'state', 'checkpoints.sqlite'));
  try {
    await vi.waitFor(
      () => {
        expect(checkpoints.load('pages')).toBe(position);
      },
      { timeout: 60_000 },
    );
  } finally {
    checkpoints.close();
  }
}

/** A folder's files with their content. What SQLite keeps beside a database while it is read is left out. */
function files(path: string): Record<string, string> {
  const root = realpathSync(path);
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !/-(wal|shm)$/.test(entry.name),
  );
  const names = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(names.map((name) => [relative(root, name), readFileSync(name, 'latin1')]));
}

const readModel = (): string => join(dataDir, 'state', 'read-model.sqlite');

function damage(sql: string): void {
  const db = new Database(readModel());
  db.exec(sql);
  db.close();
}

describe('debci replay', () => {
  it('makes what following the log has made, while the collector runs and goes on', async () => {
    const service = await start();
    await someResults(service);
    expect((await run('replay', '--verify')).stdout).toMatch(
      /^the read model in use is what the log makes: \d+ events/,
    );
    const replayed = await run('replay');
    expect(replayed).toMatchObject({ code: 0 });
    expect(replayed.stdout).toMatch(
      /^the new read model and the new pages are in use: \d+ events in \d+s, \d+ pages in \d+s\n$/,
    );
    await finish(service, 'apt');
    expect((await run('status', 'apt')).stdout).toMatch(/apt +unstable\/\w+ +pass/);
    expect((await run('replay', '--verify')).code).toBe(0);
    expect(await service.stop()).toBe(0);
    expect((await run('replay', '--verify')).code).toBe(0);
  });

  it('makes the same bytes each time: the read model, and the pages that stood there', async () => {
    const service = await start();
    await someResults(service);
    // Of it, pages tell only that its worker was heard of.
    await finish(service, 'apt', 'secret', '--private');
    await pagesAreUp();
    await service.stop();
    expect(Object.values(files(html)).join()).not.toContain('secret');
    const kept = [files(html), dump(readModel())];
    await done('replay');
    expect([files(html), dump(readModel())]).toEqual(kept);
    const [first, second] = ['first', 'second'].map((name) => join(folder.path, name)) as [string, string];
    const told = await done('replay', '--output', first);
    expect(await done('replay', '--output', second)).toMatchObject({ events: told.events, pages: told.pages });
    expect(files(second)).toEqual(files(first));
    expect(Object.keys(files(first))).toContain('read-model.sqlite');
    expect(files(join(first, 'html'))).toEqual(files(html));
  });

  it('--verify prints the first difference, ends with 1 and changes nothing; a replay puts it right', async () => {
    const service = await start();
    await someResults(service);
    await service.stop();
    damage(`UPDATE run SET version = '9-9' WHERE package = 'dpkg'`);
    const { code, stdout, stderr } = await run('replay', '--verify');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^debci: run \{"runId":2\} differs\n {2}in use: +\{"version":"9-9"\}\n {2}from the log: +\{"v/,
    );
    expect((await run('replay', '--verify', '--projection', 'workers')).code).toBe(0);
    expect((await run('replay', '--verify')).code).toBe(1);
    await done('replay');
    expect((await run('replay', '--verify')).code).toBe(0);
  });

  it('--output with --until shows the past, and touches nothing that is in use', async () => {
    const service = await start();
    await finish(service, 'hello');
    const then = await done('replay', '--verify');
    await finish(service, 'dpkg', 'fake:exit=4');
    await service.stop();
    const kept = files(dataDir);
    const [atPosition, atDate] = ['position', 'date'].map((name) => join(folder.path, name)) as [string, string];
    const past = await done('replay', '--output', atPosition, '--until', String(Number(then.position)));
    expect(past).toMatchObject({ events: then.events, position: then.position });
    expect(Object.keys(files(atPosition))).toContain('html/packages/h/hello/index.html');
    expect(Object.keys(files(atPosition)).filter((name) => name.includes('dpkg'))).toEqual([]);
    expect(await done('replay', '--output', atDate, '--until', '2001-01-01')).toMatchObject({ events: 0 });
    expect(files(join(atDate, 'html'))['index.html']).toContain('No test has finished yet');
    expect(files(dataDir)).toEqual(kept);
    expect(await run('replay', '--output', atDate)).toMatchObject({ code: 2 });
    expect(await run('replay', '--output', join(folder.path, 'new'), '--until', 'May')).toMatchObject({ code: 2 });
    expect(await run('replay', '--until', '2001-01-01')).toMatchObject({ code: 2 });
  });

  it('--projection makes its tables anew, once the collector is at rest', async () => {
    const service = await start();
    await someResults(service);
    const refused = await run('replay', '--projection', 'workers');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('a collector runs');
    await service.stop();
    damage(`UPDATE worker SET finished = 99; UPDATE run SET version = '9-9'`);
    expect((await run('replay', '--projection', 'workers')).stdout).toMatch(
      /^the tables of workers are new: \d+ events/,
    );
    expect((await run('replay', '--verify', '--projection', 'workers')).code).toBe(0);
    expect((await run('replay', '--verify', '--projection', 'runs')).code).toBe(1);
    expect((await run('replay', '--projection', 'nonsense')).code).toBe(2);
  });

  it('shows on a terminal how far and how fast it goes, and ends at Ctrl-C with nothing left behind', async () => {
    mkdirSync(join(dataDir, 'state'), { recursive: true });
    await writeGeneratedLog(join(dataDir, 'state', 'events.sqlite'), 60_000);
    const output = join(folder.path, 'output');
    const terminal = onTerminal(['replay', '--data-dir', dataDir, '--output', output]);
    await terminal.shows(/Rendering pages: \d+, [\d,]+\/s \(\d+s\)/);
    terminal.type('\u0003');
    expect((await terminal.ended).code).toBe(1);
    expect(await terminal.shows(/debci: broken off: Rendering pages/)).toBeTruthy();
    expect(readdirSync(output)).toEqual([]);
  });
});

describe('debci html', () => {
  it('makes every page anew while the collector runs', async () => {
    const service = await start();
    await someResults(service);
    await pagesAreUp();
    const { url } = (await service.said('pages are served')) as unknown as { url: string };
    expect((await run('html')).stdout).toMatch(/^\d+ pages in \S+html, in \d+s\n$/);
    const whole = files(html);
    rmSync(join(html, 'packages/h/hello/index.html'));
    writeFileSync(join(html, 'index.html'), 'not a page of ours');
    const { pages } = await done('html');
    expect(pages).toBe(Object.keys(whole).filter((name) => name.endsWith('.html')).length);
    expect(files(html)).toEqual(whole);
    const served = Buffer.from(await (await fetch(`${url}/packages/h/hello/`)).arrayBuffer());
    expect(served.toString('latin1')).toBe(whole['packages/h/hello/index.html']);
  });
});
