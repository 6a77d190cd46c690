import { join } from 'node:path';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Random } from '../../bench/random.js';
import { describeWithRabbitmq } from '../support/broker.js';
import { build } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { everyFileIsThere, everyJobEndedOnce, nothingIsLeftOver, usersWereToldTheTruth } from './faults/checks.js';
import { Fleet } from './faults/fleet.js';
import { LogWatch } from './faults/log-watch.js';
import { Monkey } from './faults/monkey.js';
import { Submitter } from './faults/submitter.js';

/**
 * `npm run test:faults` is the long form. The seed decides who is killed and what is asked for; what is under way then
 * depends on the machine, so a failure does not always come again.
 */
const JOBS = Number(process.env.DEBCI_FAULTS_JOBS ?? 60);
const SEED = Number(process.env.DEBCI_FAULTS_SEED ?? Date.now() % 1_000_000);
/** The last jobs may have to wait for leases of 10 s, three times, and for a broker. */
const SETTLE_MS = 120_000;
const TIMEOUT_MS = 240_000 + JOBS * 3_000;

describeWithRabbitmq(`${JOBS} jobs while broker, collectors and workers are killed (seed ${SEED})`, () => {
  const folder = temporaryFolder();
  let fleet: Fleet | null = null;
  let log: LogWatch | null = null;

  beforeAll(build, 120_000);
  afterEach(async () => {
    await log?.close();
    await fleet?.dispose();
    folder.remove();
  });

  it(
    'end exactly once each, with all their files, and the read model is what the log makes',
    async () => {
      fleet = await Fleet.start(folder.path);
      log = LogWatch.start(join(fleet.dataDir, 'state/events.sqlite'));
      const submitter = new Submitter(fleet, log, new Random(SEED));
      const monkey = new Monkey(fleet, new Random(SEED + 1));
      const submitted = new AbortController();
      await Promise.all([
        monkey.run(submitted.signal),
        submitter.run(JOBS).finally(() => {
          submitted.abort();
        }),
      ]);
      const { unfinished, streams } = log;
      await log.until(() => unfinished.size === 0, SETTLE_MS);
      expect([...unfinished], fleet.lastLines()).toEqual([]);
      await vi.waitFor(async () => {
        expect(await fleet!.queued()).toEqual([]);
      }, SETTLE_MS);
      const exitCodes = await fleet.stop();
      expect(fleet.crashes).toEqual([]);
      expect(new Set(exitCodes)).toEqual(new Set([0]));

      everyJobEndedOnce(streams);
      usersWereToldTheTruth(streams, submitter);
      await everyFileIsThere(streams, fleet, submitter);
      nothingIsLeftOver(fleet);
      expect(await fleet.command('replay', '--verify')).toMatchObject({ code: 0 });
      expect(submitter.cancelled.length).toBeGreaterThan(0);
      console.log(summary(streams, monkey, submitter));
    },
    TIMEOUT_MS,
  );
});

function summary(streams: LogWatch['streams'], { kills }: Monkey, { enqueued }: Submitter): string {
  const types = [...streams.values()].flat().map(({ type }) => type);
  const counts = [...new Set(types)].map((type) => `${types.filter((one) => one === type).length} ${type}`);
  const failed = enqueued.filter(({ answer }) => answer === null);
  const reasons = [...new Set(failed.map(({ error }) => error))].join(' | ');
  const killed = Object.entries(kills).map(([victim, count]) => `${count} ${victim}`);
  const calls = `${failed.length} of ${enqueued.length} calls failed (${reasons})`;
  return `seed ${SEED}; killed: ${killed.join(', ')}; ${counts.join(', ')}; ${calls}`;
}
