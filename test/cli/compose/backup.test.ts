import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { MemoryEventStore } from '../../../src/adapters/memory/event-store.js';
import { ListedFileError } from '../../../src/adapters/files/file-tree.js';
import { readLines, writeLines } from '../../../src/adapters/files/line-file.js';
import { SqliteEventStore } from '../../../src/adapters/sqlite/event-store.js';
import { LogsDifferError } from '../../../src/application/log/copy.js';
import { backUp, NoBackupError, restore, type About } from '../../../src/cli/compose/backup-service.js';
import { Config } from '../../../src/cli/config/config.js';
import { nextLine, spawnScript } from '../../support/child.js';
import { build, debci } from '../../support/debci.js';
import { collect, newEvents } from '../../support/events.js';
import { temporaryFolder } from '../../support/folder.js';

const APPEND_FOR_EVER = new URL('../../adapters/sqlite/children/append-for-ever.ts', import.meta.url);

describe('A backup', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let copied: number;
  const { signal } = new AbortController();
  const at = (...names: string[]): string => join(folder.path, ...names);
  const configOf = (name: string): Config =>
    Object.assign(new Config(), { data_basedir: at(name), event_store: `sqlite://${at(name, 'state', 'log.sqlite')}` });
  const logOf = (name: string): SqliteEventStore => SqliteEventStore.open(at(name, 'state', 'log.sqlite'));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(at('data', path)), { recursive: true });
    writeFileSync(at('data', path), text);
  };
  const work = { signal, onProgress: (n: number) => (copied = n) };
  const backUpNow = async (): Promise<About> => {
    const log = logOf('data');
    const about = await backUp(configOf('data'), at('backup'), log, work);
    await log.close();
    return about;
  };
  const restoreInto = async (name: string): Promise<About> => {
    const log = logOf(name);
    try {
      return await restore(configOf(name), at('backup'), log, work);
    } finally {
      await log.close();
    }
  };
  const eventsOf = async (name: string): Promise<unknown[]> => {
    const log = logOf(name);
    const events = await collect(log.readAll());
    await log.close();
    return events;
  };
  const treeOf = (name: string): Record<string, string> =>
    Object.fromEntries(
      readdirSync(at(name, 'autopkgtest'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => [path.slice(at(name).length), readFileSync(path, 'utf8')]),
    );

  beforeEach(async () => {
    folder = temporaryFolder();
    const log = logOf('data');
    for (let n = 1; n <= 20; n++) await log.append(`test-${n}`, newEvents(5), 'none');
    await log.close();
    for (let n = 1; n <= 20; n++) put(`autopkgtest/sid/amd64/h/hello/${n}/log.gz`, `log ${n}`);
    put('state/quarantine/1.tar.gz', 'bad');
    put('state/read-model.sqlite', 'made again');
    put('html/index.html', 'made again');
  });
  afterEach(() => {
    folder.remove();
  });

  it('is restored into what equals the original: each event at its place, each file', async () => {
    const about = await backUpNow();
    expect(about).toMatchObject({ log: { events: 100 }, files: { count: 21 } });
    expect(await restoreInto('new')).toEqual(about);
    expect(await eventsOf('new')).toEqual(await eventsOf('data'));
    expect(treeOf('new')).toEqual(treeOf('data'));
    expect(readFileSync(at('new', 'state/quarantine/1.tar.gz'), 'utf8')).toBe('bad');
    expect(existsSync(at('new', 'html'))).toBe(false);
    expect(statSync(at('backup')).mode & 0o777 & 0o077).toBeLessThan(0o077);
  });

  it('is one state of the log, also while a collector appends', async () => {
    const writer = spawnScript(APPEND_FOR_EVER, [at('data', 'state', 'log.sqlite')]);
    await nextLine(writer);
    const about = await backUpNow();
    await nextLine(writer);
    writer.process.kill('SIGKILL');
    await writer.ended;
    expect(about.log.events).toBeGreaterThan(100);
    await restoreInto('new');
    const original = await eventsOf('data');
    const restored = await eventsOf('new');
    expect(restored).toEqual(original.slice(0, restored.length));
    expect(restored).toHaveLength(about.log.events);
    // Appends of three are whole.
    expect((restored.length - 100) % 3).toBe(0);
  });

  it('into the same folder copies only what is new, and forgets what was removed', async () => {
    await backUpNow();
    rmSync(at('data', 'autopkgtest/sid/amd64/h/hello/1'), { recursive: true });
    put('autopkgtest/sid/amd64/h/hello/21/log.gz', 'log 21');
    const before = statSync(at('backup/files/autopkgtest/sid/amd64/h/hello/2/log.gz')).ino;
    expect(await backUpNow()).toMatchObject({ files: { count: 21 } });
    expect(statSync(at('backup/files/autopkgtest/sid/amd64/h/hello/2/log.gz')).ino).toBe(before);
    await restoreInto('new');
    expect(treeOf('new')).toEqual(treeOf('data'));
  });

  it('of another store’s log is kept as a file, and grows with it', async () => {
    const log = new MemoryEventStore();
    const config = Object.assign(configOf('data'), { event_store: 'esdb://localhost?tls=false' });
    await log.append('test-1', newEvents(3), 'none');
    await backUp(config, at('backup'), log, work);
    await log.append('test-1', newEvents(2), 2);
    expect(await backUp(config, at('backup'), log, work)).toMatchObject({ log: { events: 5 } });
    await restoreInto('new');
    expect(await eventsOf('new')).toHaveLength(5);
  });

  it('goes on where a restore was broken off', async () => {
    await backUpNow();
    await restoreInto('new');
    rmSync(at('new', 'autopkgtest/sid/amd64/h/hello/7'), { recursive: true });
    await restoreInto('new');
    expect(treeOf('new')).toEqual(treeOf('data'));
    expect(copied).toBe(21);
  });

  it('is refused where it is not whole, or was changed, and where another log is there', async () => {
    await expect(restoreInto('new')).rejects.toThrow(NoBackupError);
    await backUpNow();
    const stored = at('backup/files/autopkgtest/sid/amd64/h/hello/3/log.gz');
    writeFileSync(stored, 'log X');
    await expect(restoreInto('new')).rejects.toThrow(ListedFileError);
    expect(existsSync(at('new', 'autopkgtest/sid/amd64/h/hello/3/log.gz'))).toBe(false);
    rmSync(stored);
    await expect(restoreInto('new')).rejects.toThrow(ListedFileError);
    const other = logOf('other');
    await other.append('test-1', newEvents(1), 'none');
    await other.close();
    await expect(restoreInto('other')).rejects.toThrow(LogsDifferError);
    rmSync(at('backup/backup.json'));
    await expect(restoreInto('third')).rejects.toThrow(NoBackupError);
  });

  it.each(['../../outside', '/etc/outside', 'autopkgtest/../../outside', 'a//b', ''])(
    'writes nothing outside, whatever its list names: %j',
    async (path) => {
      await backUpNow();
      const list = await collect(readLines(at('backup/files.jsonl.gz')));
      const bad = { ...(JSON.parse(list[0]!) as object), path };
      const lines = async function* (): AsyncGenerator<string> {
        yield await Promise.resolve(JSON.stringify(bad));
      };
      await writeLines(at('backup/files.jsonl.gz'), lines(), signal);
      await expect(restoreInto('new')).rejects.toThrow(ListedFileError);
    },
  );

  it('follows no links', async () => {
    symlinkSync('/etc/passwd', at('data', 'autopkgtest', 'link'));
    expect(await backUpNow()).toMatchObject({ files: { count: 21 } });
  });

  it('is made and restored by commands', async () => {
    await build();
    const run = (command: string, data: string): ReturnType<typeof debci> =>
      debci([command, at('backup'), '--data-dir', at(data)], {
        debci_event_store: `sqlite://${at(data, 'state', 'log.sqlite')}`,
      });
    const said = [await run('backup', 'data'), await run('restore', 'new')];
    expect(said.map(({ code }) => code)).toEqual([0, 0]);
    expect(said[0]!.stdout).toMatch(/^100 events and 21 files/);
    expect(said[1]!.stdout).toMatch(/^100 events and 21 files, as of /);
    expect(await eventsOf('new')).toEqual(await eventsOf('data'));
  });
});
