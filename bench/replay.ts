import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { build, DEBCI } from '../test/support/debci.js';
import { writeGeneratedLog } from './generated-log.js';
import { rate, timed, type Measured } from './harness.js';

const SMALL = 100_000;
const LARGE = 1_000_000;
/** The rate on the large log, as a share of that on the small one: no worse than linear, but for the noise. */
const LINEAR = 0.8;
/** A page of the generated log's site, in bytes. */
const PAGE = 'x'.repeat(6000);

interface Replayed {
  readonly events: number;
  readonly replaySeconds: number;
  readonly pages: number;
  readonly renderSeconds: number;
  readonly peakMegabytes: number;
}

/**
 * `debci replay` on generated logs (generated-log.ts) of 100,000 and 1,000,000 events, each in a process of its own: the
 * read model's rate, beside reading the same events; the peak of its memory; all pages of 20,000 packages, beside
 * writing as many files of that size.
 */
export async function benchReplay(): Promise<Measured[]> {
  await build();
  const folder = mkdtempSync(join(tmpdir(), 'debci-bench-'));
  try {
    const small = await replayed(join(folder, 'small'), SMALL);
    const large = await replayed(join(folder, 'large'), LARGE);
    const ours = large.events / large.replaySeconds;
    const read = await rate(LARGE, () => {
      readEvents(join(folder, 'large'));
    });
    const written = await timed(() => {
      writePages(join(folder, 'pages'), large.pages);
    });
    return [
      { name: `replay: of ${LARGE.toLocaleString('en')} events`, value: ours, unit: '/s', atLeast: 40_000 },
      { name: '        beside reading and parsing them', ours, peer: read, ratio: ours / read, bound: 0 },
      {
        name: `        beside ${SMALL.toLocaleString('en')} events`,
        ours,
        peer: small.events / small.replaySeconds,
        ratio: (ours * small.replaySeconds) / small.events,
        bound: LINEAR,
      },
      { name: '        peak memory, with the pages', value: large.peakMegabytes, unit: 'MB', atMost: 600 },
      { name: `pages:  all ${large.pages.toLocaleString('en')}`, value: large.renderSeconds, unit: 's', atMost: 60 },
      { name: '        bare writing of as many files', value: written / 1000, unit: 's', atMost: 60 },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints the peak of its memory when it ends. */
const PEAK = `data:text/javascript,process.on('exit',()=>console.error(process.resourceUsage().maxRSS))`;

async function replayed(dataDir: string, events: number): Promise<Replayed> {
  mkdirSync(join(dataDir, 'state'), { recursive: true });
  await writeGeneratedLog(join(dataDir, 'state', 'events.sqlite'), events);
  const args = ['--import', PEAK, DEBCI, 'replay', '--json', '--quiet', '--data-dir', dataDir];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`debci replay: ${err}`);
  return { ...(JSON.parse(out) as Replayed), peakMegabytes: Number(err.trim().split('\n').at(-1)) / 1024 };
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
