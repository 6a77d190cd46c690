import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { TestRunEvent } from '../../src/domain/events.js';
import { createServer } from '../../src/web/server.js';
import { listPath, STATUS_LISTS } from '../../src/web/status-lists.js';
import { World } from '../graphql/world.js';
import { aJob, finishedRun } from './event-log.js';
import { copyAssets, serverOptions, siteOf, storeLog } from './sites.js';

export const HOSTILE = `"><script>document.title='hacked'</script><img src=x onerror="document.title='hacked'">`;

/** A server with all that pages need, as it runs: read model, subscriptions, stylesheets, scripts. */
export interface BrowsedSite {
  readonly base: string;
  /** Lets something happen, and waits until it can be seen. */
  readonly happen: (...events: TestRunEvent[]) => Promise<void>;
}

const at = (text: string): string => `autopkgtest [12:00:00]: ${text}\n`;
const LOG = [
  at('starting date and time: 2026-01-01 12:00:00+0000'),
  at('@@@@@@@@@@@@@@@@@@@@ test bed setup'),
  'Reading package lists...\n'.repeat(30),
  at('test smoke: [-----------------------'),
  at('test smoke: -----------------------]'),
  at('test upstream: [-----------------------'),
  `\u001b[31mred\u001b[0m \u001b[43;34mblue\u001b[0m\n${HOSTILE}\n${'x'.repeat(2000)}\n`,
  at('test upstream: -----------------------]'),
  at('test upstream:  - - - - - - - - - - results - - - - - - - - - -'),
  'upstream FAIL non-zero exit status 1\n',
  at('@@@@@@@@@@@@@@@@@@@@ summary'),
  'smoke                PASS\nupstream             FAIL non-zero exit status 1\n',
].join('');

/** A package that fails, and much that is hostile about it; others for company. */
export async function browsedSite(): Promise<BrowsedSite> {
  const world = World.start();
  const job = aJob({ runId: 2, trigger: HOSTILE, requestor: HOSTILE });
  const pins = [{ suite: 'experimental', packages: ['src:' + 'long-'.repeat(25)] }];
  const tests = [
    { name: 'smoke', result: 'PASS', detail: null },
    { name: 'upstream', result: 'FAIL', detail: 'non-zero exit status 1' },
  ];
  const failed = { status: 'fail', message: 'At least one test failed', durationSeconds: 4000, worker: HOSTILE, tests };
  await world.happen(
    ...finishedRun({ runId: 1 }, { finishedAt: '2026-01-01T00:00:00.000Z' }),
    ...finishedRun(job, failed as Parameters<typeof finishedRun>[1]),
    ...finishedRun({ runId: 3, suite: 'testing', arch: 'arm64' }),
    ...finishedRun({ runId: 4, package: 'libxml2' }),
    ...finishedRun({ runId: 5, pins }),
    ...finishedRun({ runId: 6, arch: 'arm64' }, { finishedAt: '2025-11-20T00:00:00.000Z' }),
    { type: 'TestEnqueued', data: aJob({ runId: 7, package: 'help2man', trigger: 'glibc/2.42-1' }) },
    { type: 'TestEnqueued', data: aJob({ runId: 8, package: 'zlib' }) },
    { type: 'TestStarted', data: { runId: 8, attempt: 1, worker: 'worker1' } },
  );
  const { readModel, endpoint: graphql } = world;
  const rejectList = {
    entries: () => [{ package: 'linux*', suite: '*', arch: 'armel', version: '*', reason: HOSTILE }],
  };
  const options = { ...serverOptions(), readModel, site: siteOf(readModel, undefined, rejectList), graphql };
  storeLog(options.dataDir, job, LOG);
  copyAssets(options.htmlDir);
  const server = await createServer(options);
  onTestFinished(() => server.close());
  return { base: await server.listen(0, '127.0.0.1'), happen: (...events) => world.happen(...events) };
}

/** One page of each kind. */
export const PAGES: readonly string[] = [
  ...STATUS_LISTS.map((list) => listPath(list)),
  ...['/', '/status/', '/packages/h/', '/packages/h/hello/', '/packages/h/hello/unstable/amd64/'],
  ...['/packages/h/hello/unstable/amd64/2/', '/packages/z/zlib/unstable/amd64/8/', '/packages/-/search?query=l'],
  ...['/status/?as-of=2026-01-01', '/status/failing/?as-of=2026-01-01', '/packages/h/hello/?as-of=2025-12-01'],
];

/** All that went wrong in a page, and all that it asked of other hosts. */
export function troublesOf(page: Page, base: string): string[] {
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('requestfailed', (request) => {
    // Subscriptions, and searches that a newer one took the place of, end so.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') troubles.push(`failed: ${request.url()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) troubles.push(`asked ${request.url()}`);
  });
  return troubles;
}
