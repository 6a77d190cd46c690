// Reads a whole log, and prints how many events a second, and the peak of its memory in MB.
import { SqliteEventStore } from '../../src/adapters/sqlite/event-store.js';

const [path] = process.argv.slice(2);
const store = SqliteEventStore.open(path!, { readOnly: true });
const begun = performance.now();
let count = 0;
for await (const { revision } of store.readAll()) if (revision >= 0) count++;
console.log((count / (performance.now() - begun)) * 1000, process.resourceUsage().maxRSS / 1024);
await store.close();
