// Follows a log that another process writes: prints `ready`, then for each event its position and when it was seen.
import { SqliteEventStore } from '../../../../src/adapters/sqlite/event-store.js';

const [path, count] = process.argv.slice(2);
const store = SqliteEventStore.open(path!, { readOnly: true });
let left = Number(count);
for await (const batch of store.subscribe({ after: 'end' })) {
  if (batch.events.length === 0 && batch.caughtUp) console.log('ready');
  for (const { position } of batch.events) console.log(`${position} ${performance.timeOrigin + performance.now()}`);
  left -= batch.events.length;
  if (left === 0) break;
}
// No process.exit: nothing that the store leaves behind may keep the process alive.
await store.close();
