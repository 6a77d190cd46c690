import { apiKeys } from './api-keys.js';
import { daily } from './daily.js';
import { flips } from './flips.js';
import { latency } from './latency.js';
import { news } from './news.js';
import { PACKAGE_STATUS_SCHEMA } from './package-status.js';
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
];

/** The whole read model. */
export const SCHEMA = [
  'CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), position TEXT NOT NULL) STRICT;',
  RUNS_SCHEMA,
  PACKAGE_STATUS_SCHEMA,
  ...PROJECTIONS.map((projection) => projection.schema),
].join('\n');
