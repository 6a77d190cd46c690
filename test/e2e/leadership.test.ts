import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { parseConnection } from '../../src/adapters/eventstoredb/connection-url.js';
import { EventStoreDbEventStore } from '../../src/adapters/eventstoredb/event-store.js';
import { describeWithRabbitmq, freshVhost } from '../support/broker.js';
import { nextLine, spawnScript, type Child } from '../support/child.js';
import { build, debci } from '../support/debci.js';
import { collect } from '../support/events.js';
import { temporaryFolder } from '../support/folder.js';
import { Service } from '../support/service.js';

const SERVER = new URL('../support/eventstoredb/main.ts', import.meta.url);
const STANDING_BY = 'waiting to lead: where another collector does, this one stands by';

describeWithRabbitmq('Collectors of several hosts, with the log on a server,', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let child: Child;
  let url: string;
  let config: string[];
  const services: Service[] = [];
  const start = (host: string): Service => {
    const service = new Service(['collector', ...config, '--data-dir', join(folder.path, host)]);
    services.push(service);
    return service;
  };
  const enqueue = async (name: string): Promise<void> => {
    const asked = await debci(['enqueue', ...config, '--data-dir', join(folder.path, 'user'), name]);
    expect(asked).toMatchObject({ code: 0 });
  };
  const packages = async (): Promise<unknown[]> => {
    const store = EventStoreDbEventStore.open(parseConnection(url));
    const events = await collect(store.readAll({ filter: { types: ['TestEnqueued'] } }));
    await store.close();
    return events.map(({ stream, data }) => [stream, (data as { package: string }).package]);
  };

  beforeEach(async () => {
    await build();
    folder = temporaryFolder();
    child = spawnScript(SERVER, []);
    url = await nextLine(child);
    const amqp = await freshVhost();
    const etc = join(folder.path, 'etc');
    mkdirSync(etc);
    writeFileSync(
      join(etc, 'debci.conf'),
      `debci_event_store='${url}'\ndebci_amqp_server='${amqp}'\ndebci_backend=fake\n`,
    );
    config = ['--config', etc];
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.kill()));
    child.process.stdin.end();
    expect(await child.ended).toBe(0);
    folder.remove();
  });

  it('lead one at a time: the next takes over when the leader is killed, with all that it knew', async () => {
    const first = start('one');
    await first.said('collector ready');
    const second = start('two');
    await second.said(STANDING_BY);
    await enqueue('hello');
    expect(second.lines.map(({ msg }) => msg)).not.toContain('collector ready');

    await first.kill();
    await second.said('collector ready');
    await enqueue('libxml2');
    expect(await packages()).toEqual([
      ['test-1', 'hello'],
      ['test-2', 'libxml2'],
    ]);

    // The first comes back, and stands by in its turn.
    const third = start('one');
    await third.said(STANDING_BY);
    expect(await second.stop()).toBe(0);
    await third.said('collector ready');
    await enqueue('dpkg');
    expect((await packages()).at(-1)).toEqual(['test-3', 'dpkg']);
  });

  it('end while they stand by, where they are told to', async () => {
    await start('one').said('collector ready');
    const second = start('two');
    await second.said(STANDING_BY);
    expect(await second.stop()).toBe(0);
  });
});
