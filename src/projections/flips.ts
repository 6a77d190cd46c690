import { verdictChanges } from './verdict-changes.js';

/** Flaky tests: a verdict that differs from the one before it though version and testbed (its list of packages) are the same. */
export const flips = verdictChanges({
  name: 'flips',
  table: 'flip',
  indices: 'CREATE INDEX flip_package ON flip (suite, arch, package, endedAt, runId) WHERE previousStatus IS NOT NULL;',
  matters: (_status, other) => other.flips,
});
