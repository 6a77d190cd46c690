import type { Status } from '../domain/verdict.js';
import { SLOW_SECONDS } from './package-status.js';
import { IN_ARCHIVE } from './removals.js';
import type { Where } from './sql.js';
import type { PackageStatus } from './views.js';

export interface StatusFilter {
  readonly suite?: string;
  readonly arch?: string;
  readonly status?: Status;
  /** Packages whose names begin so. */
  readonly namePrefix?: string;
  /** Slow ones: the newest run took at least so long. Below 600 it is taken as 600. */
  readonly minDurationSeconds?: number;
  /** Alerts: those that passed or were neutral once, and fail or tmpfail since this instant or a later one. */
  readonly brokenAfter?: string;
  /** Also packages that their archive has no more. */
  readonly removed?: true;
}

/** Above every name that begins with the text; names hold ASCII only. */
export function endOf(prefix: string): string {
  return `${prefix}\u007f`;
}

/** The conditions on the table `packageStatus`, under the name `s`. */
export function conditions(where: Where, filter: StatusFilter): Where {
  const { suite, arch, status, brokenAfter } = filter;
  where.equals('s.suite', suite).equals('s.arch', arch).equals('s.status', status);
  namesFrom(where, filter);
  if (filter.removed !== true) where.and(IN_ARCHIVE);
  const seconds = slowFrom(filter);
  if (seconds !== undefined) where.and(`s.duration >= ${SLOW_SECONDS} AND s.duration >= ?`, seconds);
  if (brokenAfter !== undefined) where.and('s.brokenSince IS NOT NULL AND s.brokenSince >= ?', brokenAfter);
  return where;
}

export function namesFrom(where: Where, { namePrefix }: StatusFilter): void {
  if (namePrefix !== undefined) where.and('s.package >= ? AND s.package < ?', namePrefix, endOf(namePrefix));
}

function slowFrom({ minDurationSeconds }: StatusFilter): number | undefined {
  return minDurationSeconds === undefined ? undefined : Math.max(SLOW_SECONDS, minDurationSeconds);
}

/** The smallest index that holds all that pass. */
export function indexFor({ status, minDurationSeconds, brokenAfter }: StatusFilter): string {
  if (brokenAfter !== undefined) return 'packageStatus_broken';
  if (minDurationSeconds !== undefined) return 'packageStatus_slow';
  return status === undefined ? 'packageStatus_platform' : 'packageStatus_status';
}

/** The same, of a status that was read already. Names and places are those asked for. */
export function matchesFilter({ run, brokenSince }: PackageStatus, filter: StatusFilter): boolean {
  const seconds = slowFrom(filter);
  const { status, brokenAfter } = filter;
  return (
    (status === undefined || run?.status === status) &&
    (seconds === undefined || (run?.durationSeconds ?? 0) >= seconds) &&
    (brokenAfter === undefined || (brokenSince !== null && brokenSince >= brokenAfter))
  );
}
