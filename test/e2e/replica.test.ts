import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { generatedEvents } from '../../bench/generated-log.js';
import { parseConnection } from '../../src/adapters/eventstoredb/connection-url.js';
import { EventStoreDbEventStore } from '../../src/adapters/eventstoredb/event-store.js';
import { nextLine, spawnScript, type Child } from '../support/child.js';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { Service } from '../support/service.js';

const SERVER = new URL('../support/eventstoredb/main.ts', import.meta.url);
const EVENTS = 1500;

/** What a replica says of itself. */
interface Ready {
  readonly status: number;
  readonly lagSeconds: number | null;
}

describe('debci server --follow, with the log on a server,', () => {
  const events = [...generatedEvents(EVENTS + 100)];
  const replicas: Service[] = [];
  let folder: ReturnType<typeof temporaryFolder>;
  let child: Child;
  let store: EventStoreDbEventStore;
  const at = (...names: string[]): string => join(folder.path, ...names);
  const config = (): string[] => ['--config', at('etc')];
  const append = async (some: typeof events): Promise<void> => {
    for (const { stream, event } of some) await store.append(stream, [event], 'any');
  };
  const start = async (name: string, ...args: string[]): Promise<{ replica: Service; url: string }> => {
    const replica = new Service(['server', '--follow', ...config(), '--data-dir', at(name), '--port', '0', ...args]);
    replicas.push(replica);
    return { replica, url: String((await replica.said('pages are served')).url) };
  };
  const position = async (url: string): Promise<unknown> => {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ position }' }),
    });
    return ((await answer.json()) as { data?: { position?: string } | null }).data?.position;
  };
  const caughtUp = async (url: string): Promise<void> => {
    const end = await store.lastPosition();
    await vi.waitFor(
      async () => {
        expect(await position(url)).toBe(end);
      },
      { timeout: 60_000, interval: 50 },
    );
  };
  const ready = async (url: string): Promise<Ready> => {
    const answer = await fetch(`${url}/readyz`);
    return { status: answer.status, ...((await answer.json()) as { lagSeconds: number | null }) };
  };

  beforeAll(async () => {
    await build();
    folder = temporaryFolder();
    child = spawnScript(SERVER, []);
    const url = await nextLine(child);
    mkdirSync(at('etc'));
    writeFileSync(at('etc', 'debci.conf'), `debci_event_store='${url}'\n`);
    store = EventStoreDbEventStore.open(parseConnection(url));
    await append(events.slice(0, EVENTS));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await store.close();
    child.process.stdin.end();
    expect(await child.ended).toBe(0);
    folder.remove();
  });

  it('makes a read model of its own, keeps it up, and tells how far it is; another begins with its snapshot', async () => {
    const first = await start('one');
    await caughtUp(first.url);
    expect(await ready(first.url)).toMatchObject({ status: 200, lagSeconds: 0 });
    expect(await (await fetch(`${first.url}/metrics`)).text()).toContain('debci_projection_lag_seconds 0\n');

    const saved = await debci(['snapshot', '--json', at('snapshot.sqlite'), ...config(), '--data-dir', at('one')]);
    expect(saved).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(saved.stdout)).toEqual({ position: await store.lastPosition() });
    expect(statSync(at('snapshot.sqlite')).mode & 0o777).toBe(0o600);

    const second = await start('two', '--snapshot', at('snapshot.sqlite'));
    await second.replica.said('the read model begins with a snapshot');
    await append(events.slice(EVENTS));
    await Promise.all([caughtUp(first.url), caughtUp(second.url)]);
    // What both show is the same, and it is what the log makes of it.
    const pages = await Promise.all(
      [first, second].map(async ({ url }) => (await fetch(`${url}/status/failing/`)).text()),
    );
    expect(pages[1]).toBe(pages[0]);
    const verified = await debci(['replay', '--verify', ...config(), '--data-dir', at('two')]);
    expect(verified).toMatchObject({ code: 0 });
    expect(second.replica.lines.some(({ msg }) => msg.includes('made anew'))).toBe(false);
  });

  it('goes on after the server was away', async () => {
    const { url } = await start('three', '--snapshot', at('snapshot.sqlite'));
    await caughtUp(url);
    const command = async (what: string): Promise<void> => {
      child.process.stdin.write(`{"do":"${what}"}\n`);
      expect(await nextLine(child)).toBe('ok');
    };
    await command('down');
    await command('up');
    const [last] = events.slice(-1);
    await store.append(
      last!.stream,
      [{ ...last!.event, id: crypto.randomUUID(), type: 'TestPublished', data: { runId: 1, by: 'x', reason: null } }],
      'any',
    );
    await caughtUp(url);
    expect(await ready(url)).toMatchObject({ status: 200, lagSeconds: 0 });
  });

  it('takes no folder that a collector keeps', async () => {
    const { replica } = await start('four');
    const other = new Service(['server', '--follow', ...config(), '--data-dir', at('four'), '--port', '0']);
    expect(await other.ended).toBe(1);
    expect(other.lines.map(({ msg }) => msg).join('\n')).toContain('already keeps');
    await replica.stop();
  });
});
