import { InvalidInputError } from '../domain/errors.js';
import type { EventStore } from '../domain/ports/event-store.js';
import type { RecordedEvent } from '../domain/ports/event-store.js';
import { collectorLock } from './compose/collector-service.js';
import { AlreadyRunningError } from './already-running.js';
import { openEventStore } from './compose/event-store.js';
import type { Config } from './config/config.js';
import { eventStoreUrl } from './config/rules.js';
import { statePaths } from './config/state.js';
import { safeLines } from './output.js';
import { redactUrl } from './redact.js';
import { serviceSignals } from './signals.js';
import { watch, type Watched } from './watch.js';

/** Stands for the log of the settings, so that no password need be on a command line. */
const CONFIGURED = 'configured';

export const STORE_URL = `URL of a log, as debci_event_store has it; or \`${CONFIGURED}\`: the one that it has.`;

/** @throws InvalidInputError, without a password */
export function storeUrl(field: string, text: string, config: Config): string {
  if (text === CONFIGURED) return config.event_store;
  if (eventStoreUrl.accepts(text)) return text;
  throw new InvalidInputError([{ field, value: redactUrl(text), allowed: `${CONFIGURED}, ${eventStoreUrl.allowed}` }]);
}

/** Uses a log that nothing is written into. */
export async function withLog<Result>(url: string, use: (log: EventStore) => Promise<Result>): Promise<Result> {
  const log = await openEventStore(url, { readOnly: true });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

/**
 * Uses a log to write into it.
 * @throws AlreadyRunningError where it is the configured one, and a collector keeps it
 */
export async function withLogToWrite<Result>(
  url: string,
  config: Config,
  use: (log: EventStore) => Promise<Result>,
): Promise<Result> {
  const lock = url === config.event_store ? collectorLock({ paths: statePaths(config) }) : null;
  const release = lock === null ? undefined : lock.tryAcquire();
  if (release === null) throw new AlreadyRunningError('a collector keeps this log; stop it first');
  const log = await openEventStore(url);
  try {
    return await use(log);
  } finally {
    await log.close();
    release?.();
  }
}

/** Something long, which Ctrl-C breaks off. @throws InterruptedError where that happens */
export async function watched<Result>(
  label: string,
  silent: boolean,
  work: (work: Watched) => Promise<Result>,
): Promise<Result> {
  const signals = serviceSignals(() => undefined);
  try {
    return await watch({ label, silent, signal: signals.stop }, work);
  } finally {
    signals.dispose();
  }
}

/** For people, a line an event. */
export function eventLine({
  position,
  time,
  stream,
  revision,
  type,
  schemaVersion,
  data,
  metadata,
}: RecordedEvent): string {
  const version = schemaVersion === 1 ? '' : ` v${schemaVersion}`;
  const place = position.replace(/^0+(?=.)/, '');
  return safeLines(
    `${place}  ${time}  ${stream}@${revision}  ${type}${version}  ${JSON.stringify(data)}  by ${metadata.actor}`,
  ).replace(/\n/g, ' ');
}
