import { chromium, type Page } from 'playwright-core';
import { AmqpBus } from '../src/adapters/amqp/bus.js';
import { ATTEMPT_HEADER } from '../src/application/messages/headers.js';
import { REQUESTS_SUBJECT, RESULTS_SUBJECT } from '../src/application/messages/subjects.js';
import { packagePrefix } from '../src/domain/job.js';
import type { MessageBus } from '../src/domain/ports/message-bus.js';
import { silentLogger as logger } from '../test/support/loggers.js';
import { RabbitNode, rabbitmqMissing } from '../test/support/rabbitmq.js';
import { Service } from '../test/support/service.js';
import { result } from './flow/results.js';
import { packageName } from './generated-log.js';
import { median, type Limited } from './harness.js';
import type { Bench } from './large-instance.js';

const RESULTS = 40;
/** A page is brought up to date once a second at most; these results come one by one. */
const BETWEEN_MS = 1500;
const PACKAGE = packageName(250);

/**
 * From a result's arrival at the collector's queue to the change of the history page in Chromium, with a million events
 * in the log: broker, collector, server and browser are processes of their own.
 */
export async function benchLive(bench: Bench): Promise<Limited[]> {
  if (rabbitmqMissing !== null) throw new Error(rabbitmqMissing);
  const { args } = await bench.large();
  const node = await RabbitNode.start();
  const services: Service[] = [];
  try {
    const amqp = ['--amqp', await node.addVhost()];
    const collector = new Service(['collector', ...amqp, ...args]);
    const server = new Service(['server', ...amqp, ...args, '--port', '0']);
    services.push(collector, server);
    await collector.said('collector ready');
    const url = String((await server.said('pages are served')).url);
    const bus = await AmqpBus.connect({ url: amqp[1] ?? '', logger });
    const times = await inBrowser(url, (page) => latencies(bus, page)).finally(() => bus.close());
    const sorted = times.sort((a, b) => a - b);
    return [
      { name: 'live: result to browser, median', value: median(sorted), unit: 'ms', atMost: 300 },
      { name: '      95th percentile', value: sorted[Math.ceil(0.95 * RESULTS) - 1] ?? NaN, unit: 'ms', atMost: 300 },
    ];
  } finally {
    for (const service of services) await service.stop();
    await node.dispose();
  }
}

async function inBrowser<Result>(url: string, work: (page: Page) => Promise<Result>): Promise<Result> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(`${url}/packages/${packagePrefix(PACKAGE)}/${PACKAGE}/unstable/amd64/`);
    return await work(page);
  } finally {
    await browser.close();
  }
}

async function latencies(bus: MessageBus, page: Page): Promise<number[]> {
  const runIds = await enqueue(bus);
  // The page follows the log when it shows that they wait.
  await page.waitForSelector(`section[aria-labelledby=open] tbody tr:nth-child(${RESULTS})`);
  const times = [];
  for (const runId of runIds) {
    await page.waitForTimeout(BETWEEN_MS);
    const seen = page.evaluate(untilShown, `section[aria-labelledby=history] a[href*="/${runId}/"]`);
    const sent = Date.now();
    const options = { headers: { [ATTEMPT_HEADER]: '1' }, messageId: `${runId}-1`, routed: true };
    await bus.publish(RESULTS_SUBJECT, result(runId, { name: PACKAGE }), options);
    times.push((await seen) - sent);
  }
  return times;
}

/** In the browser. @returns when an element was there; ms since 1970. */
function untilShown(selector: string): Promise<number> {
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (!document.querySelector(selector)) return;
      observer.disconnect();
      resolve(Date.now());
    });
    observer.observe(document.body, { childList: true, subtree: true, attributes: true });
  });
}

async function enqueue(bus: MessageBus): Promise<number[]> {
  const job = { package: PACKAGE, suite: 'unstable', arch: 'amd64', backend: 'fake' };
  const jobs = Array.from({ length: RESULTS }, () => job);
  const request = { type: 'enqueue', requestor: 'bench', origin: { kind: 'cli' }, jobs };
  const reply = await bus.request(REQUESTS_SUBJECT, Buffer.from(JSON.stringify(request)), { timeoutMs: 60_000 });
  const { result: runs } = JSON.parse(Buffer.from(reply.body).toString()) as { result: { runId: number }[] };
  return runs.map(({ runId }) => runId);
}
