import { apiKeys } from './api-keys.js';
import { daily } from './daily.js';
import { flips } from './flips.js';
import { latency } from './latency.js';
import { news } from './news.js';
import { removals } from './removals.js';
import { PACKAGE_STATUS_SCHEMA } from './package-status.js';
import { packageBackends } from './package-backends.js';
import { packages } from './packages.js';
import type { Projection } from './projection.js';
import { RUNS_SCHEMA } from './runs.js';
import { statusChanges } from './status-changes.js';
import { suites } from './suites.js';
import { workers } from './workers.js';

/** All projections that fold changes. Runs and package statuses come before them: they make the changes. */
export const PROJECTIONS: readonly Projection[] = [
  packages,
  news,
  daily,
  latency,
  flips,
  suites,
  statusChanges,
  workers,
  apiKeys,
  packageBackends,
  removals,
];

/** The names by which parts of the read model are asked for, and the SQL that makes their tables. */
const SCHEMAS: ReadonlyMap<string, string> = new Map([
  ['runs', RUNS_SCHEMA],
  ['statuses', PACKAGE_STATUS_SCHEMA],
  ...PROJECTIONS.map(({ name, schema }) => [name, schema] as const),
]);

export const PROJECTION_NAMES: readonly string[] = [...SCHEMAS.keys()];

/** The tables of a projection, or of all. */
export function tablesOf(name?: string): string[] {
  const schemas = name === undefined ? [...SCHEMAS.values()] : [SCHEMAS.get(name) ?? ''];
  return schemas.flatMap((schema) => Array.from(schema.matchAll(/CREATE TABLE (\w+)/g), ([, table]) => table ?? ''));
}

/** The whole read model. */
export const SCHEMA = [
  'CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), position TEXT NOT NULL) STRICT;',
  ...SCHEMAS.values(),
].join('\n');
