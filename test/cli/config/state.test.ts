import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultEventStore, ensureState, sqliteFile, statePaths } from '../../../src/cli/config/state.js';

it('makes the state folder for its owner only, also where it was open before', async () => {
  const data_basedir = await mkdtemp(join(tmpdir(), 'debci-state-'));
  const paths = statePaths({ data_basedir });
  await ensureState(paths);
  await ensureState(paths);
  expect((await stat(paths.dir)).mode & 0o777).toBe(0o700);
  await rm(data_basedir, { recursive: true });
});

it('keeps all of the state in that folder', () => {
  const { dir, ...rest } = statePaths({ data_basedir: '/srv/ci' });
  expect(dir).toBe('/srv/ci/state');
  const log = sqliteFile(defaultEventStore('/srv/ci'));
  for (const path of [...Object.values(rest), log]) expect(path?.startsWith('/srv/ci/state/')).toBe(true);
});
