// Appends three events at a time to eight streams at once, and prints each stream and revision once it is acknowledged.
// On an error it prints the error's code, and how many appends of a second try fail, then ends.
import { writeSync } from 'node:fs';

import { SqliteEventStore } from '../../../../src/adapters/sqlite/event-store.js';
import { newEvents } from '../../../support/events.js';

const [path] = process.argv.slice(2);
const store = SqliteEventStore.open(path!);

async function appendForEver(stream: string): Promise<never> {
  for (;;) {
    const { revision } = await store.append(stream, newEvents(3, { data: { padding: 'x'.repeat(500) } }), 'any');
    writeSync(1, `${stream} ${revision}\n`);
  }
}

try {
  await Promise.all(Array.from({ length: 8 }, (_, n) => appendForEver(`test-${n}`)));
} catch (error) {
  writeSync(1, `error ${(error as { code: string }).code}\n`);
  await store.close();
}
