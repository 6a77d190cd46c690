import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.js';

/** What an instance keeps beside results and pages. Files of one owner: private jobs and keys are in them. */
export interface StatePaths {
  readonly dir: string;
  readonly readModel: string;
  readonly checkpoints: string;
  /** Held by the one process that writes the log. */
  readonly lock: string;
  /** Held while a read model is made anew from the log. */
  readonly rebuildLock: string;
  /** Results that wait for the broker. */
  readonly spool: string;
  /** Results that are being unpacked. */
  readonly staging: string;
  /** Parts of results whose others are still to come. */
  readonly parts: string;
  /** Results that could not be read. */
  readonly quarantine: string;
  readonly testbeds: string;
  /** Archives' indices, each with an apt of its own. */
  readonly archives: string;
  /** What batch remembers. */
  readonly batch: string;
  /** Held by the one batch that runs. */
  readonly batchLock: string;
  /** What running tests write. */
  readonly workspaces: string;
  /** The key of this host's operator for mutations over HTTP. */
  readonly localKey: string;
  /** Where the CLI reaches `debci up`. */
  readonly socket: string;
}

export function stateDir(dataBasedir: string): string {
  return join(dataBasedir, 'state');
}

export function statePaths({ data_basedir }: Pick<Config, 'data_basedir'>): StatePaths {
  const dir = stateDir(data_basedir);
  return {
    dir,
    readModel: join(dir, 'read-model.sqlite'),
    checkpoints: join(dir, 'checkpoints.sqlite'),
    lock: join(dir, 'collector.lock'),
    rebuildLock: join(dir, 'rebuild.lock'),
    spool: join(dir, 'spool'),
    staging: join(dir, 'staging'),
    parts: join(dir, 'parts'),
    quarantine: join(dir, 'quarantine'),
    testbeds: join(dir, 'testbeds'),
    archives: join(dir, 'archives'),
    batch: join(dir, 'batch.sqlite'),
    batchLock: join(dir, 'batch.lock'),
    workspaces: join(dir, 'workspaces'),
    localKey: join(dir, 'local.key'),
    socket: join(dir, 'debci.sock'),
  };
}

/** The file of the default log, and the setting that names it. */
export function defaultEventStore(dataBasedir: string): string {
  return `sqlite://${join(stateDir(dataBasedir), 'events.sqlite')}`;
}

const SQLITE = 'sqlite://';

/** The log's file, where `event_store` names one; null: it is on a server. */
export function sqliteFile(eventStore: string): string | null {
  return eventStore.startsWith(SQLITE) ? eventStore.slice(SQLITE.length) : null;
}

/** Makes the state folder, for its owner only. */
export async function ensureState({ dir }: Pick<StatePaths, 'dir'>): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await chmod(dir, 0o700);
}
