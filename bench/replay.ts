import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { rate, timed, type Measured } from './harness.js';
import type { Bench, Replayed } from './large-instance.js';

const SMALL = 100_000;
/** The rate on the large log, as a share of that on the small one: no worse than linear, but for the noise. */
const LINEAR = 0.8;
/** A page of the generated log's site, in bytes. */
const PAGE = 'x'.repeat(6000);

/**
 * `debci replay` on generated logs (generated-log.ts) of 100,000 and 1,000,000 events, each in a process of its own: the
 * read model's rate, beside reading the same events; the peak of its memory; all pages of 20,000 packages, beside
 * writing as many files of that size.
 */
export async function benchReplay(bench: Bench): Promise<Measured[]> {
  const small = await bench.generated('small', SMALL);
  const large = await bench.large();
  const { events, pages, renderSeconds, peakMegabytes } = large.replayed;
  const ours = eventsPerSecond(large.replayed);
  const read = await rate(events, () => {
    readEvents(large.dataDir);
  });
  const written = await timed(() => {
    writePages(join(bench.folder, 'pages'), pages);
  });
  const before = eventsPerSecond(small.replayed);
  return [
    { name: `replay: of ${events.toLocaleString('en')} events`, value: ours, unit: '/s', atLeast: 40_000 },
    { name: '        beside reading and parsing them', ours, peer: read, ratio: ours / read, bound: 0 },
    {
      name: `        beside ${SMALL.toLocaleString('en')} events`,
      ours,
      peer: before,
      ratio: ours / before,
      bound: LINEAR,
    },
    { name: '        peak memory, with the pages', value: peakMegabytes, unit: 'MB', atMost: 600 },
    { name: `pages:  all ${pages.toLocaleString('en')}`, value: renderSeconds, unit: 's', atMost: 60 },
    { name: '        bare writing of as many files', value: written / 1000, unit: 's', atMost: 60 },
  ];
}

function eventsPerSecond({ events, replaySeconds }: Replayed): number {
  return events / replaySeconds;
}

/** What any replay must do at least. */
function readEvents(dataDir: string): void {
  const db = new Database(join(dataDir, 'state', 'events.sqlite'), { readonly: true });
  const rows = db.prepare<[], { data: string; metadata: string }>('SELECT * FROM events ORDER BY position').iterate();
  for (const { data, metadata } of rows) {
    JSON.parse(data);
    JSON.parse(metadata);
  }
  db.close();
}

/** Each in a folder of its own, as most pages are. */
function writePages(folder: string, count: number): void {
  for (let n = 0; n < count; n++) {
    const page = join(folder, `${Math.floor(n / 1000)}`, `${n}`);
    mkdirSync(page, { recursive: true });
    writeFileSync(join(page, 'index.html'), PAGE);
  }
}
