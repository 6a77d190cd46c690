// Projects a log into a read model as a collector does, in small commits, and prints a line for each thing that it did.
// Arguments: the log, the read model, the lock.
import { FileLock } from '../../../src/adapters/sqlite/file-lock.js';
import { SqliteEventStore } from '../../../src/adapters/sqlite/event-store.js';
import type { EventBatch, SubscribeOptions } from '../../../src/domain/ports/event-store.js';
import { LiveReadModel } from '../../../src/projections/live-read-model.js';
import { Projector } from '../../../src/projections/projector.js';
import { silentLogger } from '../../support/loggers.js';

const EVENTS_A_COMMIT = 20;

const [log = '', path = '', lock = ''] = process.argv.slice(2);
const store = SqliteEventStore.open(log, { readOnly: true });

/** Each slice is a batch of its own, which the projector commits. */
async function* inSlices(options: SubscribeOptions): AsyncGenerator<EventBatch> {
  for await (const { events, position } of store.subscribe(options)) {
    for (let at = 0; at < events.length; at += EVENTS_A_COMMIT) {
      const slice = events.slice(at, at + EVENTS_A_COMMIT);
      yield { events: slice, position: slice.at(-1)?.position ?? position, caughtUp: true };
    }
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const logger = {
  ...silentLogger,
  info: (_: object, message: string) => {
    say(message);
  },
};
const live = new LiveReadModel({ path, store, rebuilding: new FileLock(lock), logger });
const never = new AbortController().signal;
await live.prepare(never);
say(`ready ${live.checkpoint() ?? ''}`);
const projector = new Projector(live, { subscribe: (options = {}) => inSlices(options) }, silentLogger);
projector.onCommit(({ position }) => {
  say(`committed ${position}`);
});
await projector.run(never);
