import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { build, DEBCI } from '../test/support/debci.js';
import { writeGeneratedLog } from './generated-log.js';

/** What `debci replay` says of itself, and the peak of its memory. */
export interface Replayed {
  readonly events: number;
  readonly replaySeconds: number;
  readonly pages: number;
  readonly renderSeconds: number;
  readonly peakMegabytes: number;
}

/** A collector's folder with a generated log, its read model and its pages. */
export interface GeneratedInstance {
  /** What every command needs that is to work with it. */
  readonly args: readonly string[];
  readonly dataDir: string;
  readonly replayed: Replayed;
}

const LARGE = 1_000_000;
/** The list of what fails holds 500 packages; and old runs, which have no files, are left alone. */
const SETTINGS = 'debci_failing_packages_per_page=500\ndebci_data_retention_days=0\n';

/** What measurements of one run share, so that it is made once: a folder, and the instance of a million events. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'debci-bench-'));
  #large: Promise<GeneratedInstance> | null = null;

  /** Of 1,000,000 events. */
  large(): Promise<GeneratedInstance> {
    this.#large ??= this.generated('large', LARGE);
    return this.#large;
  }

  /** Writes a log of so many events, and replays it. */
  async generated(name: string, events: number): Promise<GeneratedInstance> {
    await build();
    const dataDir = join(this.folder, name);
    const config = join(this.folder, `${name}.etc`);
    for (const folder of [join(dataDir, 'state'), config]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(config, 'debci.conf'), SETTINGS);
    await writeGeneratedLog(join(dataDir, 'state', 'events.sqlite'), events);
    const args = ['--config', config, '--data-dir', dataDir];
    return { args, dataDir, replayed: await replay(args) };
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Prints the peak of its memory when it ends. */
const PEAK = `data:text/javascript,process.on('exit',()=>console.error(process.resourceUsage().maxRSS))`;

async function replay(args: readonly string[]): Promise<Replayed> {
  const command = ['--import', PEAK, DEBCI, 'replay', '--json', '--quiet', ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (child.exitCode !== 0) throw new Error(`debci replay: ${err}`);
  return { ...(JSON.parse(out) as Replayed), peakMegabytes: Number(err.trim().split('\n').at(-1)) / 1024 };
}
