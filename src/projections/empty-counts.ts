import type { Status } from '../domain/verdict.js';

/** Counts by status, to be added to. */
export function emptyCounts(): Record<Status, number> {
  return { pass: 0, fail: 0, neutral: 0, tmpfail: 0 };
}
