import { benchBacklog } from './backlog.js';
import { benchBatch } from './batch.js';
import { benchChains } from './chains.js';
import { benchCli } from './cli.js';
import { benchEventStore } from './event-store.js';
import { benchFiles } from './files.js';
import { benchFlow } from './flow.js';
import { TABLE_HEAD, tableLine, type Measured } from './harness.js';
import { Bench } from './large-instance.js';
import { benchLive } from './live.js';
import { benchLoad } from './load.js';
import { benchLongLog } from './long-log.js';
import { benchMessageBus } from './message-bus.js';
import { benchReplay } from './replay.js';
import { benchWeb } from './web.js';

/** All measurements, each in a file of its name. `npm run bench -- NAME…` runs those that are named. */
const BENCHES: Readonly<Record<string, (bench: Bench) => Promise<Measured[]>>> = {
  backlog: benchBacklog,
  batch: benchBatch,
  chains: benchChains,
  cli: benchCli,
  'event-store': benchEventStore,
  files: benchFiles,
  flow: benchFlow,
  live: benchLive,
  load: benchLoad,
  'long-log': benchLongLog,
  'message-bus': benchMessageBus,
  replay: benchReplay,
  web: benchWeb,
};

/** Takes minutes, and GB of disk. */
const ONLY_WHERE_NAMED: ReadonlySet<string> = new Set(['long-log']);

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name));
  if (unknown.length > 0) {
    console.error(`no such measurement: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const shared = new Bench();
  try {
    console.log(TABLE_HEAD);
    for (const [name, measure] of Object.entries(BENCHES)) {
      if (names.length > 0 ? !names.includes(name) : ONLY_WHERE_NAMED.has(name)) continue;
      for (const measured of await measure(shared)) console.log(tableLine(measured));
    }
  } finally {
    shared.dispose();
  }
}

await main(process.argv.slice(2));
