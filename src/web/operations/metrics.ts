import type { BusStatus, MessageBus } from '../../domain/ports/message-bus.js';
import { STATUSES } from '../../domain/verdict.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { Family } from './exposition.js';
import { lagSeconds, type LagParts } from './lag.js';

export interface MetricsParts extends LagParts {
  readonly readModel: ReadModel;
  /** Null where the server takes no part in the messages. */
  readonly bus: Pick<MessageBus, 'status' | 'troubles'> | null;
}

const BUS_STATES: readonly BusStatus['kind'][] = [
  ...(['connecting', 'connected', 'reconnecting', 'blocked', 'failed', 'closed'] as const),
];
/** A worker that was not heard of for so long is gone, and no longer shown. */
const WORKER_SHOWN_SECONDS = 24 * 3600;

/**
 * The figures that `/metrics` gives. All is read when it is asked for: nothing is counted meanwhile, so that the
 * figures outlive a restart. Private runs are in none of them.
 * @throws StoreUnavailableError
 */
export async function metrics(parts: MetricsParts): Promise<Family[]> {
  const lag = await lagSeconds(parts);
  const families = parts.readModel.snapshot(() => [...queue(parts), ...results(parts), ...workers(parts)]);
  return [...families, ...bus(parts), projectionLag(lag)];
}

function projectionLag(value: number): Family {
  const help = 'For how long the oldest event that is not in the read model yet has been in the log';
  return { name: 'debci_projection_lag_seconds', help, type: 'gauge', samples: [{ labels: {}, value }] };
}

function secondsSince(instant: string, { clock }: LagParts): number {
  return Math.max(0, (clock.now().getTime() - Date.parse(instant)) / 1000);
}

function queue(parts: MetricsParts): Family[] {
  const depths = parts.readModel.metrics.queueDepths();
  const labelled = depths.map((depth) => {
    const { arch, backend, state } = depth;
    return { ...depth, labels: { arch, backend, state } };
  });
  return [
    {
      name: 'debci_queue_jobs',
      help: 'Open jobs',
      type: 'gauge',
      samples: labelled.map(({ labels, runs }) => ({ labels, value: runs })),
    },
    {
      name: 'debci_queue_oldest_seconds',
      help: 'How long ago the oldest of the open jobs was asked for',
      type: 'gauge',
      samples: labelled.map(({ labels, oldestAt }) => ({ labels, value: secondsSince(oldestAt, parts) })),
    },
  ];
}

function results({ readModel }: MetricsParts): Family[] {
  return [
    {
      name: 'debci_results_total',
      help: 'Results taken in; their rate is that of the ingest',
      type: 'counter',
      samples: readModel.metrics.results().map(({ runs, ...labels }) => ({ labels, value: runs })),
    },
    {
      name: 'debci_packages',
      help: 'Packages by their status now',
      type: 'gauge',
      samples: readModel.counts.platforms().flatMap(({ suite, arch, packages }) => {
        return STATUSES.map((status) => ({ labels: { suite, arch, status }, value: packages[status] }));
      }),
    },
  ];
}

function workers(parts: MetricsParts): Family[] {
  const known = parts.readModel.counts
    .workers()
    .map((worker) => ({ ...worker, labels: { worker: worker.name }, silent: secondsSince(worker.seenAt, parts) }))
    .filter(({ silent, running }) => silent <= WORKER_SHOWN_SECONDS || running.length > 0);
  return [
    {
      name: 'debci_worker_running_jobs',
      help: 'Jobs that a worker runs now',
      type: 'gauge',
      samples: known.map(({ labels, running }) => ({ labels, value: running.length })),
    },
    {
      name: 'debci_worker_silent_seconds',
      help: 'How long ago a worker made the newest event',
      type: 'gauge',
      samples: known.map(({ labels, silent }) => ({ labels, value: silent })),
    },
  ];
}

/** None without a bus. */
function bus({ bus }: MetricsParts): Family[] {
  if (bus === null) return [];
  const samples = BUS_STATES.map((state) => ({ labels: { state }, value: Number(bus.status.kind === state) }));
  const troubles = Object.entries(bus.troubles).map(([kind, value]) => ({ labels: { kind }, value }));
  return [
    { name: 'debci_bus_state', help: 'State of the connection to the broker: 1', type: 'gauge', samples },
    { name: 'debci_bus_troubles_total', help: 'Troubles with the broker', type: 'counter', samples: troubles },
  ];
}
