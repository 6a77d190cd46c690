import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createServer, type WebServer } from '../../src/web/server.js';
import { finishedRun } from '../support/event-log.js';
import { build, debci, DEBCI } from '../support/debci.js';
import { serverOptions } from '../support/sites.js';
import { World } from '../graphql/world.js';

beforeAll(build, 120_000);

/** `debci watch …` in a process of its own; what it prints, line by line. */
class Watch {
  readonly #child;
  readonly #lines: AsyncIterator<string>;
  readonly said: string[] = [];

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [DEBCI, 'watch', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    createInterface({ input: this.#child.stderr }).on('line', (line) => this.said.push(line));
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  async line(): Promise<string> {
    const next: IteratorResult<string, unknown> = await this.#lines.next();
    if (next.done === true) throw new Error(`debci watch ended: ${this.said.join('\n')}`);
    return next.value;
  }

  async interrupt(): Promise<number | null> {
    const closed = once(this.#child, 'close') as Promise<[number | null]>;
    this.#child.kill('SIGINT');
    return (await closed)[0];
  }
}

/** A server of a world's GraphQL that can go away and come back at its address. */
async function serve(world: World, port = 0): Promise<{ server: WebServer; url: string }> {
  const server = await createServer({ ...serverOptions(), graphql: world.endpoint });
  onTestFinished(() => server.close());
  return { server, url: await server.listen(port, '127.0.0.1') };
}

async function following(world: World): Promise<void> {
  await expect.poll(() => world.followers).toBe(1);
}

describe('debci watch', () => {
  it('shows results as they come in, and what they were before', async () => {
    const world = World.start();
    const { url } = await serve(world);
    const day = (n: number): string => `2026-02-0${n}T00:00:00.000Z`;
    await world.happen(...finishedRun({ runId: 1 }, { status: 'pass', finishedAt: day(1) }));
    const watch = new Watch(['--url', url]);
    await following(world);
    await world.happen(...finishedRun({ runId: 2 }, { status: 'fail', durationSeconds: 75, finishedAt: day(2) }));
    await world.happen(...finishedRun({ runId: 3 }, { status: 'fail', durationSeconds: 12.7, finishedAt: day(3) }));
    expect(await watch.line()).toBe('hello unstable/amd64 fail 1m 15s (was pass)');
    expect(await watch.line()).toBe('hello unstable/amd64 fail 12s');
    expect(await watch.interrupt()).toBe(0);
    expect(watch.said).toEqual([]);
  });

  it('shows what its filters let pass, as JSON lines if asked to', async () => {
    const world = World.start();
    const { url } = await serve(world);
    await world.happen(...finishedRun({ runId: 1 }));
    const filters = ['--package', 'dpkg', '--suite', 'testing', '--arch', 'arm64', '--status', 'fail'];
    const watch = new Watch(['--url', url, '--json', ...filters]);
    await following(world);
    const wanted = { package: 'dpkg', suite: 'testing', arch: 'arm64' };
    await world.happen(
      ...finishedRun({ runId: 2, ...wanted }, { status: 'pass' }),
      ...finishedRun({ runId: 3, ...wanted, suite: 'unstable' }, { status: 'fail' }),
      ...finishedRun({ runId: 4, ...wanted, trigger: 'glibc/2.42-1' }, { status: 'fail' }),
    );
    expect(JSON.parse(await watch.line())).toMatchObject({
      position: await world.log.lastPosition(),
      test: { runId: 4, ...wanted, status: 'fail', version: '2.10-3', durationSeconds: 25, trigger: 'glibc/2.42-1' },
    });
  });

  it('goes on where it was when the server is back: nothing is left out or shown twice', async () => {
    const world = World.start();
    const first = await serve(world);
    await world.happen(...finishedRun({ runId: 1 }));
    const watch = new Watch(['--url', first.url, '--json']);
    const runId = async (): Promise<number> =>
      (JSON.parse(await watch.line()) as { test: { runId: number } }).test.runId;
    await following(world);
    await world.happen(...finishedRun({ runId: 2 }));
    expect(await runId()).toBe(2);
    await first.server.close();
    for (const id of [3, 4]) await world.happen(...finishedRun({ runId: id }));
    world.renew();
    await serve(world, Number(new URL(first.url).port));
    expect([await runId(), await runId()]).toEqual([3, 4]);
    await world.happen(...finishedRun({ runId: 5 }));
    expect(await runId()).toBe(5);
    expect(watch.said.join('\n')).toMatch(/^$|trying again/);
  });

  it('says at once that no debci answers, and what a server refuses', async () => {
    const gone = await serve(World.start());
    await gone.server.close();
    const nobody = await debci(['watch', '--url', gone.url]);
    expect(nobody).toMatchObject({ code: 1, stdout: '' });
    expect(nobody.stderr).toContain(`no debci answers at ${gone.url}/graphql`);
    const { url } = await serve(World.start());
    const refused = await debci(['watch', '--url', url, '--key-file', '/etc/hostname']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('this API key is not known, or was revoked');
    expect(await debci(['watch', '--url', url, '--key-file', '/no/such'])).toMatchObject({ code: 2 });
    expect(await debci(['watch', '--url', 'ftp://x'])).toMatchObject({ code: 2 });
  });
});
