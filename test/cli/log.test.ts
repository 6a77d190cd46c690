import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { SqliteEventStore } from '../../src/adapters/sqlite/event-store.js';
import { nextLine, spawnScript, type Child } from '../support/child.js';
import { build, debci, type Ended } from '../support/debci.js';
import { newEvent, newEvents } from '../support/events.js';
import { temporaryFolder } from '../support/folder.js';

const SERVER = new URL('../support/eventstoredb/main.ts', import.meta.url);

describe('debci log', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;
  let server: Child;
  let serverUrl: string;
  const run = (args: readonly string[], eventStore = `sqlite://${file}`): Promise<Ended> =>
    debci(['log', ...args, '--data-dir', folder.path], { debci_event_store: eventStore });
  const json = async (args: readonly string[], eventStore?: string): Promise<unknown> => {
    const { code, stdout, stderr } = await run([...args, '--json'], eventStore);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  };
  const fill = async (): Promise<void> => {
    const store = SqliteEventStore.open(file);
    for (let n = 1; n <= 30; n++) await store.append(`test-${n}`, newEvents(10), 'none');
    await store.append('test-30', [newEvent({ type: 'TestCancelled', data: { text: '\u001b[31m' } })], 9);
    await store.close();
  };
  beforeAll(async () => {
    await build();
    server = spawnScript(SERVER, []);
    serverUrl = await nextLine(server);
  });
  afterAll(async () => {
    server.process.stdin.end();
    expect(await server.ended).toBe(0);
  });
  beforeEach(async () => {
    folder = temporaryFolder();
    mkdirSync(join(folder.path, 'state'));
    file = join(folder.path, 'state', 'log.sqlite');
    await fill();
  });
  afterEach(() => {
    folder.remove();
  });

  it('copies to a server and back, and the digest stays', async () => {
    const copied = await json(['copy', 'configured', serverUrl]);
    expect(copied).toMatchObject({ events: 301 });
    const back = `sqlite://${folder.path}/back.sqlite`;
    expect(await json(['copy', serverUrl, back])).toEqual(copied);
    // Nothing is left to do.
    expect(await json(['copy', 'configured', serverUrl])).toEqual(copied);
    expect(await json(['stats'], serverUrl)).toMatchObject({ events: 301, streams: 30, bytes: null });
    expect(await json(['verify'], serverUrl)).toMatchObject({ events: 301, findings: [] });
  });

  it.each(['log.jsonl', 'log.jsonl.gz', 'log.jsonl.zst'])('exports and imports: %s', async (name) => {
    const path = join(folder.path, name);
    expect(await run(['export', path])).toMatchObject({ code: 0 });
    const other = `sqlite://${folder.path}/state/other.sqlite`;
    expect(await json(['import', path], other)).toEqual(await json(['copy', 'configured', 'configured']));
  });

  it('shows and follows events, harmless to a terminal', async () => {
    const shown = await run(['show', 'test-30']);
    expect(shown.stdout.split('\n')).toHaveLength(12);
    expect(shown.stdout).not.toContain('\u001b');
    const last = JSON.parse((await run(['tail', '-n', '1', '--json'])).stdout) as object;
    expect(last).toMatchObject({ stream: 'test-30', type: 'TestCancelled', position: '0000000000000301' });
    expect((await run(['tail', '-n', '3'])).stdout.split('\n')).toHaveLength(4);
    expect((await run(['tail', '--type', 'TestCancelled'])).stdout.split('\n')).toHaveLength(2);
  });

  it('tells what is in the log, and that it is sound', async () => {
    expect(await json(['stats'])).toMatchObject({
      events: 301,
      streams: 30,
      types: { 'TestCancelled v1': 1, 'TestStarted v1': 300 },
    });
    expect(await run(['verify'])).toMatchObject({
      code: 0,
      stdout: '301 events, nothing is missing and nothing is wrong\n',
    });
  });

  it('finds what this debci cannot read', async () => {
    const store = SqliteEventStore.open(file);
    await store.append('test-31', [newEvent({ schemaVersion: 12 })], 'none');
    await store.close();
    const { code, stderr } = await run(['verify']);
    expect(code).toBe(1);
    expect(stderr).toContain('schema version 12');
  });

  it('names no password where an address is wrong', async () => {
    const { code, stderr } = await run(['copy', 'configured', 'esdb://debci:secret@host?tls=false']);
    expect(code).toBe(2);
    expect(stderr).not.toContain('secret');
  });
});
