import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checked } from '../../src/application/input/checked.js';
import { MarkPackagesRequest } from '../../src/application/input/package-requests.js';
import { submit } from '../../src/application/submit.js';
import { runFolder } from '../../src/domain/job.js';
import { RETENTION_DAYS, World } from '../support/world.js';
import { WorldUsers } from '../support/world-users.js';

const DAY_MS = 24 * 60 * 60_000;
const HELLO = { package: 'hello', suite: 'unstable', arch: 'amd64' };

describe('files of old runs', () => {
  let world: World;
  let users: WorldUsers;
  beforeEach(async () => {
    world = new World({ keeps: true });
    users = new WorldUsers(world);
    await world.start();
  });
  afterEach(() => world.dispose());

  async function finish(name: string): Promise<number> {
    await users.ask(name);
    const { job, attempt } = await users.start('one');
    await users.deliver(job, 'one', attempt);
    return job.runId;
  }

  const filesOf = (name: string, runId: number): string =>
    join(world.dataDir, runFolder({ ...HELLO, package: name, runId }));

  /** The collector looks at its start; what comes after shows that it has. */
  async function restartAfter(days: number): Promise<void> {
    await world.stop();
    world.clock.time += days * DAY_MS;
    await world.start();
  }

  it('are removed when their time is over, and the log says so; what a status comes from stays', async () => {
    const [old, present] = [await finish('hello'), await finish('hello')];
    await restartAfter(RETENTION_DAYS + 1);
    const purged = await world.event('TestFilesPurged');
    expect(purged.data).toEqual({ runId: old, by: 'collector', reason: `kept for ${RETENTION_DAYS} days` });
    expect(existsSync(filesOf('hello', old))).toBe(false);
    expect(readdirSync(filesOf('hello', present)).sort()).toEqual(['artifacts.tar.gz', 'log.gz']);
    // When it is the status no more, they go too; nothing is removed twice.
    await finish('hello');
    await restartAfter(1);
    await world.event('TestFilesPurged', ({ data }) => data.runId === present);
    expect(existsSync(filesOf('hello', present))).toBe(false);
    expect((await world.types(old)).filter((type) => type === 'TestFilesPurged')).toHaveLength(1);
  });

  it('go with a package that its archive has no more', async () => {
    const only = await finish('hello');
    const mark = {
      type: 'mark-packages',
      suite: 'unstable',
      arch: 'amd64',
      removed: ['hello'],
      returned: [],
      by: 'batch',
    };
    await submit<'mark-packages'>(users, checked(MarkPackagesRequest, mark));
    await restartAfter(RETENTION_DAYS + 1);
    await world.event('TestFilesPurged', ({ data }) => data.runId === only);
    expect(existsSync(filesOf('hello', only))).toBe(false);
  });

  it('that somebody removed by hand are taken for removed', async () => {
    const old = await finish('hello');
    await finish('hello');
    rmSync(filesOf('hello', old), { recursive: true });
    await restartAfter(RETENTION_DAYS + 1);
    expect((await world.event('TestFilesPurged')).data.runId).toBe(old);
  });
});
