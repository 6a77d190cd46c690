import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { parseConnection } from '../../src/adapters/eventstoredb/connection-url.js';
import { EventStoreDbEventStore } from '../../src/adapters/eventstoredb/event-store.js';
import { MemoryEventStore } from '../../src/adapters/memory/event-store.js';
import { openForWriting } from '../../src/projections/database.js';
import { checkLog, OtherLogError } from '../../src/projections/other-log.js';
import { ReadModelWriter } from '../../src/projections/writer.js';
import { ServerDouble } from '../support/eventstoredb/server.js';
import { newEvents } from '../support/events.js';
import { temporaryFolder } from '../support/folder.js';

describe('A read model', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let path: string;
  const logOf = async (events: number): Promise<MemoryEventStore> => {
    const log = new MemoryEventStore();
    if (events > 0) await log.append('other-1', newEvents(events, { type: 'TestStarted' }), 'none');
    return log;
  };
  beforeEach(async () => {
    folder = temporaryFolder();
    path = join(folder.path, 'read-model.sqlite');
    const db = openForWriting(path);
    new ReadModelWriter(db).apply([], (await (await logOf(3)).lastPosition())!);
    db.close();
  });
  afterEach(() => {
    folder.remove();
  });

  it('goes on with the log that it was made from, and with more of it', async () => {
    await checkLog(path, await logOf(3));
    await checkLog(path, await logOf(5));
  });

  it('goes on with no log that holds less: an older backup was restored', async () => {
    await expect(checkLog(path, await logOf(2))).rejects.toThrow(OtherLogError);
    await expect(checkLog(path, await logOf(0))).rejects.toThrow(OtherLogError);
  });

  it('goes on with no log on a server, where it was made from a file', async () => {
    const server = await ServerDouble.start();
    const log = EventStoreDbEventStore.open(parseConnection(server.url));
    await log.append('test-1', newEvents(9), 'none');
    await expect(checkLog(path, log)).rejects.toThrow(OtherLogError);
    await log.close();
    await server.stop();
  });

  it('that is not there yet goes on with any', async () => {
    await checkLog(join(folder.path, 'none.sqlite'), await logOf(0));
  });
});
