import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/memory/event-store.js';
import type { TestRunEvent } from '../../../src/domain/events.js';
import { BUS_TROUBLES, type BusStatus, type BusTrouble } from '../../../src/domain/ports/message-bus.js';
import type { Operations, ServerOptions } from '../../../src/web/server-options.js';
import { aJob, finishedRun } from '../../support/event-log.js';
import { newEvent } from '../../support/events.js';
import { appOf, serverOptions } from '../../support/sites.js';

/** The events' log begins at midnight, and has one event a minute. */
const NOW = new Date('2026-01-01T01:00:00.000Z');

function optionsWith(given: Partial<Operations>, ...events: TestRunEvent[]): ServerOptions {
  const options = serverOptions(...events);
  return { ...options, operations: { ...options.operations, clock: { now: () => NOW }, ...given } };
}

/** A log that goes on after the read model's end with an event of this time. */
async function logWith(time: string): Promise<Operations['log']> {
  const log = new MemoryEventStore();
  for (const n of [1, 2])
    await log.append('test-1', [newEvent({ data: { n }, time: '2026-01-01T00:00:00.000Z' })], 'any');
  await log.append('test-1', [newEvent({ time })], 'any');
  return log;
}

describe('/readyz', () => {
  it('says yes while all events are in the read model', async () => {
    const response = await (await appOf(optionsWith({}, ...finishedRun({ runId: 1 })))).inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([200, { ready: true, lagSeconds: 0, reasons: [] }]);
    expect(response.headers['cache-control']).toBe('no-store');
  });

  it('says yes while the read model is behind by less than a minute', async () => {
    const log = await logWith('2026-01-01T00:59:30.000Z');
    const response = await (await appOf(optionsWith({ log }, ...finishedRun({ runId: 1 })))).inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([200, { ready: true, lagSeconds: 30, reasons: [] }]);
  });

  it('says no, and why, while it is further behind', async () => {
    const log = await logWith('2026-01-01T00:50:00.000Z');
    const response = await (await appOf(optionsWith({ log }, ...finishedRun({ runId: 1 })))).inject('/readyz');
    expect([response.statusCode, response.json()]).toEqual([
      503,
      { ready: false, lagSeconds: 600, reasons: ['the read model is 600 s behind the log (at most 60)'] },
    ]);
  });

  it('says no where the read model cannot be read', async () => {
    const options = optionsWith({});
    const app = await appOf(options);
    options.readModel.close();
    const response = await app.inject('/readyz');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({
      ready: false,
      lagSeconds: null,
      reasons: ['the read model or the log cannot be read'],
    });
  });
});

const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\d+(?:\.\d+)?)$/;

/** Reads Prometheus's text form. @throws where a line is not in it, or stands outside its family */
function parse(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const samples = new Map<string, number>();
  let family = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name] = /^# (HELP|TYPE) ([a-z_]+) \S/.exec(line) ?? [];
    if (kind === 'HELP') family = name ?? '';
    if (kind !== undefined) {
      expect(name).toBe(family);
      continue;
    }
    const [, sample, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (sample === undefined || sample !== family) throw new Error(`not in the form: ${line}`);
    samples.set(`${sample}{${labels}}`, Number(value));
  }
  return samples;
}

async function metricsOf(options: ServerOptions): Promise<Map<string, number>> {
  const { statusCode, headers, body } = await (await appOf(options)).inject('/metrics');
  expect([statusCode, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  return parse(body);
}

const pending = (runId: number, arch: string): TestRunEvent => ({ type: 'TestEnqueued', data: aJob({ runId, arch }) });
const started = (runId: number, worker: string): TestRunEvent => ({
  type: 'TestStarted',
  data: { runId, attempt: 1, worker },
});

describe('/metrics', () => {
  it('tells how deep the queues are, and how old their oldest jobs', async () => {
    const samples = await metricsOf(
      optionsWith(
        {},
        pending(1, 'amd64'),
        pending(2, 'amd64'),
        pending(3, 'arm64'),
        pending(4, 'amd64'),
        started(4, 'w1'),
      ),
    );
    expect(samples.get('debci_queue_jobs{arch="amd64",backend="fake",state="pending"}')).toBe(2);
    expect(samples.get('debci_queue_jobs{arch="amd64",backend="fake",state="running"}')).toBe(1);
    expect(samples.get('debci_queue_jobs{arch="arm64",backend="fake",state="pending"}')).toBe(1);
    expect(samples.get('debci_queue_oldest_seconds{arch="amd64",backend="fake",state="pending"}')).toBe(59 * 60);
    expect(samples.get('debci_queue_oldest_seconds{arch="arm64",backend="fake",state="pending"}')).toBe(57 * 60);
  });

  it('counts results, and the packages by status', async () => {
    const samples = await metricsOf(
      optionsWith(
        {},
        ...finishedRun({ runId: 1 }),
        ...finishedRun({ runId: 2 }, { status: 'fail', finishedAt: '2026-01-03T00:00:00.000Z' }),
      ),
    );
    expect(samples.get('debci_results_total{suite="unstable",arch="amd64",status="pass"}')).toBe(1);
    expect(samples.get('debci_results_total{suite="unstable",arch="amd64",status="fail"}')).toBe(1);
    expect(samples.get('debci_packages{suite="unstable",arch="amd64",status="pass"}')).toBe(0);
    expect(samples.get('debci_packages{suite="unstable",arch="amd64",status="fail"}')).toBe(1);
  });

  it('shows the workers that were heard of within a day, whatever they are called', async () => {
    const hostile = 'w"1\\\n} 7';
    const options = optionsWith(
      {},
      pending(1, 'amd64'),
      started(1, hostile),
      ...finishedRun({ runId: 2 }, { worker: 'gone' }),
    );
    const samples = await metricsOf(options);
    expect(samples.get('debci_worker_running_jobs{worker="w\\"1\\\\\\n} 7"}')).toBe(1);
    expect(samples.get('debci_worker_silent_seconds{worker="gone"}')).toBe(56 * 60);
    const clock = { now: () => new Date('2026-01-03T00:00:00.000Z') };
    const later = await metricsOf({ ...options, operations: { ...options.operations, clock } });
    expect([...later.keys()].filter((key) => key.startsWith('debci_worker_running'))).toEqual([
      'debci_worker_running_jobs{worker="w\\"1\\\\\\n} 7"}',
    ]);
  });

  it('tells how far the read model is behind', async () => {
    const log = await logWith('2026-01-01T00:59:30.000Z');
    expect(
      (await metricsOf(optionsWith({ log }, ...finishedRun({ runId: 1 })))).get('debci_projection_lag_seconds{}'),
    ).toBe(30);
    expect((await metricsOf(optionsWith({}))).get('debci_projection_lag_seconds{}')).toBe(0);
  });

  it('tells the state of the bus and its troubles, where there is one', async () => {
    const status: BusStatus = { kind: 'reconnecting', attempt: 2, reason: 'gone' };
    const none = Object.fromEntries(BUS_TROUBLES.map((kind) => [kind, 0])) as Record<BusTrouble, number>;
    const samples = await metricsOf(optionsWith({ bus: { status, troubles: { ...none, 'heartbeat-lost': 3 } } }));
    expect(samples.get('debci_bus_troubles_total{kind="heartbeat-lost"}')).toBe(3);
    expect(samples.get('debci_bus_troubles_total{kind="blocked"}')).toBe(0);
    expect(samples.get('debci_bus_state{state="reconnecting"}')).toBe(1);
    expect(samples.get('debci_bus_state{state="connected"}')).toBe(0);
    expect([...(await metricsOf(optionsWith({}))).keys()].join()).not.toContain('bus');
  });
});
