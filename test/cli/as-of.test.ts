import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordedEvents, finishedRun } from '../support/event-log.js';
import { build, debci } from '../support/debci.js';
import { temporaryFolder } from '../support/folder.js';
import { project } from '../support/read-models.js';

const day = (day: number): string => `2026-05-0${day}T12:00:00.000Z`;

describe('--as-of', () => {
  let folder: ReturnType<typeof temporaryFolder>;

  beforeAll(async () => {
    await build();
    folder = temporaryFolder();
    mkdirSync(join(folder.path, 'state'));
    const log = new RecordedEvents();
    for (const event of [
      ...finishedRun({ runId: 1 }, { finishedAt: day(1) }),
      ...finishedRun({ runId: 2 }, { finishedAt: day(2), status: 'fail' }),
      ...finishedRun({ runId: 3 }, { finishedAt: day(3) }),
      ...finishedRun({ runId: 4, package: 'later' }, { finishedAt: day(4), status: 'fail' }),
    ])
      log.append(event);
    project(join(folder.path, 'state', 'read-model.sqlite'), log.events);
  }, 120_000);
  afterAll(() => {
    folder.remove();
  });

  async function json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await debci([...args, '--json', '--data-dir', folder.path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout);
  }

  it('of debci status is how packages stood', async () => {
    const then = ['--as-of', '2026-05-02'];
    expect(await json('status')).toMatchObject([{ package: 'hello', run: { runId: 3 } }, { package: 'later' }]);
    const failed = [{ package: 'hello', run: { runId: 2, status: 'fail' }, lastPassAt: day(1), brokenSince: day(2) }];
    for (const args of [[], ['hello'], ['--status', 'fail'], ['hello', '--status', 'fail', '--suite', 'unstable']])
      expect(await json('status', ...args, ...then), args.join(' ')).toMatchObject(failed);
    expect(await json('status', '--status', 'pass', ...then)).toEqual([]);
    expect(await json('status', 'later', ...then)).toEqual([]);
    expect(await json('status', 'hello', '--as-of', '2026-05-02T11:59')).toMatchObject([{ run: { runId: 1 } }]);
  });

  it('of debci history is the runs that had ended', async () => {
    const args = ['history', 'hello', '--suite', 'unstable', '--arch', 'amd64'];
    expect(await json(...args)).toMatchObject([{ runId: 3 }, { runId: 2 }, { runId: 1 }]);
    expect(await json(...args, '--as-of', '2026-05-02')).toMatchObject([{ runId: 2 }, { runId: 1 }]);
    expect(await json(...args, '--as-of', '2026-04-30')).toEqual([]);
  });

  it('takes no other words', async () => {
    for (const command of [['status'], ['history', 'hello']]) {
      const { code, stderr } = await debci([...command, '--as-of', 'May', '--data-dir', folder.path]);
      expect(code).toBe(2);
      expect(stderr).toContain('--as-of: "May" is not allowed; allowed is a date');
    }
  });
});
