import type { Status } from '../domain/verdict.js';
import { emptyCounts } from './empty-counts.js';
import { dayOf } from './days.js';
import { Past } from './past.js';
import type { Sql } from './sql.js';
import type { PlatformCounts, Target } from './views.js';

/** The last instant of a day. */
const DAY_END = 'T23:59:59.999Z';

/** Counts of packages by status, for each suite and arch. */
class PlatformTable {
  readonly #platforms = new Map<string, { suite: string; arch: string; packages: Record<Status, number> }>();

  add({ suite, arch }: Pick<Target, 'suite' | 'arch'>, status: Status, packages: number): void {
    const key = `${suite}/${arch}`;
    const platform = this.#platforms.get(key) ?? { suite, arch, packages: emptyCounts() };
    platform.packages[status] += packages;
    this.#platforms.set(key, platform);
  }

  counts(): PlatformCounts[] {
    const known = [...this.#platforms.values()].filter(({ packages }) => Object.values(packages).some((n) => n > 0));
    return known.sort((a, b) => compare(a.suite, b.suite) || compare(a.arch, b.arch));
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * How many packages of each suite and arch had which status at an instant: as the daily counts tell up to the last end
 * of a day, put right for the packages that had a run since, or one that was published only later.
 */
export function pastPlatforms(sql: Sql, asOf: string): PlatformCounts[] {
  const table = new PlatformTable();
  const day = dayOf(asOf);
  const wholeDay = asOf.endsWith(DAY_END);
  const rows = sql.all<{ suite: string; arch: string; status: Status; packages: number }>(
    `SELECT suite, arch, status, SUM(packages) AS packages FROM daily WHERE day ${wholeDay ? '<=' : '<'} ?
     GROUP BY suite, arch, status`,
    [day],
  );
  for (const row of rows) table.add(row, row.status, row.packages);
  const past = new Past(sql, asOf);
  const counted = newestBefore(sql, wholeDay ? `${day}T24` : day);
  for (const target of touched(sql, wholeDay ? asOf : day, asOf)) {
    const then = past.newest(target)?.status;
    const before = counted(target);
    if (before !== undefined) table.add(target, before, -1);
    if (then !== undefined) table.add(target, then, 1);
  }
  return table.counts();
}

/** The packages that the daily counts up to the beginning may have wrong. */
function touched(sql: Sql, since: string, asOf: string): Target[] {
  return sql.all<Target>(
    `SELECT package, suite, arch FROM run INDEXED BY run_ended
     WHERE endedAt > ? AND endedAt <= ? AND status IS NOT NULL AND hidden = 0
     UNION SELECT package, suite, arch FROM run INDEXED BY run_published
     WHERE publishedAt > ? AND endedAt <= ? AND status IS NOT NULL AND hidden = 0`,
    [since, asOf, asOf, asOf],
  );
}

/** What the daily counts hold for a package before an instant: the newest run that counts as of today. */
function newestBefore(sql: Sql, instant: string): (target: Target) => Status | undefined {
  return ({ package: name, suite, arch }) =>
    sql.get<{ status: Status }>(
      `SELECT status FROM run INDEXED BY run_history
       WHERE package = ? AND suite = ? AND arch = ? AND endedAt IS NOT NULL AND status IS NOT NULL
         AND pinned = 0 AND hidden = 0 AND endedAt < ?
       ORDER BY endedAt DESC, runId DESC LIMIT 1`,
      [name, suite, arch, instant],
    )?.status;
}
