import type { Status } from '../domain/verdict.js';
import { dayOf } from './days.js';
import { emptyCounts } from './empty-counts.js';
import { pastPlatforms } from './past-counts.js';
import type { RunQueries } from './run-queries.js';
import { Where, type Sql } from './sql.js';
import type { DayCounts, PlatformCounts, Target, Viewer, WorkerView } from './views.js';

interface DailyRow {
  readonly day: string;
  readonly status: Status;
  readonly runs: number;
  readonly packages: number;
}

const BY_NAME = new Intl.Collator('en', { numeric: true });

/** Questions about a whole suite, and about the workers. */
export class CountQueries {
  constructor(
    private readonly sql: Sql,
    private readonly runs: RunQueries,
  ) {}

  /** How many packages of each suite and arch have which status, now or at a past instant (see past.ts). */
  platforms(asOf?: string): PlatformCounts[] {
    if (asOf !== undefined) return pastPlatforms(this.sql, asOf);
    const rows = this.sql.all<{ suite: string; arch: string; status: Status; packages: number }>(
      'SELECT suite, arch, status, SUM(packages) AS packages FROM daily GROUP BY suite, arch, status',
    );
    const platforms = new Map<string, { suite: string; arch: string; packages: Record<Status, number> }>();
    for (const { suite, arch, status, packages } of rows) {
      const key = `${suite}/${arch}`;
      const platform = platforms.get(key) ?? { suite, arch, packages: emptyCounts() };
      platform.packages[status] = packages;
      platforms.set(key, platform);
    }
    for (const { suite, arch, status } of this.#removed()) {
      const platform = platforms.get(`${suite}/${arch}`);
      if (platform) platform.packages[status]--;
    }
    return [...platforms.values()];
  }

  /** The days on which something happened, oldest first. `from` and `to` are days in UTC (`2026-05-01`), both included. */
  days(suite: string, arch: string, from: string, to: string): DayCounts[] {
    const rows = this.sql.all<DailyRow>(
      'SELECT day, status, runs, packages FROM daily WHERE suite = ? AND arch = ? AND day BETWEEN ? AND ? ORDER BY day',
      [suite, arch, from, to],
    );
    const packages = this.#packagesBefore(suite, arch, from);
    const days = new Map<string, { day: string; runs: Record<Status, number>; packages: Record<Status, number> }>();
    const removed = this.#removed({ suite, arch });
    for (const row of rows) {
      const { day, status } = row;
      packages[status] += row.packages;
      const runs = days.get(day)?.runs ?? emptyCounts();
      runs[status] = row.runs;
      days.set(day, { day, runs, packages: { ...packages } });
    }
    for (const { day, packages: counts } of days.values()) {
      for (const { removedAt, status } of removed) if (dayOf(removedAt) <= day) counts[status]--;
    }
    return [...days.values()];
  }

  /** All workers ever heard of, by name: `w2` before `w10`. */
  workers(viewer: Viewer = null): WorkerView[] {
    return this.sql
      .all<Omit<WorkerView, 'running'>>('SELECT name, seenAt, finished FROM worker ORDER BY name')
      .sort((a, b) => BY_NAME.compare(a.name, b.name))
      .map((worker) => ({ ...worker, running: this.runs.runningOn(worker.name, viewer) }));
  }

  /** Packages that their archive has no more count no longer, from that day on. */
  #removed({ suite, arch }: Partial<Pick<Target, 'suite' | 'arch'>> = {}): (Pick<Target, 'suite' | 'arch'> & {
    removedAt: string;
    status: Status;
  })[] {
    const where = new Where().equals('m.suite', suite).equals('m.arch', arch);
    return this.sql.all(
      `SELECT m.suite, m.arch, m.removedAt, s.status FROM removal m INDEXED BY removal_platform
       JOIN packageStatus s ON s.package = m.package AND s.suite = m.suite AND s.arch = m.arch
       WHERE m.removedAt IS NOT NULL AND s.status IS NOT NULL AND ${where.sql}`,
      where.params,
    );
  }

  #packagesBefore(suite: string, arch: string, day: string): Record<Status, number> {
    const counts = emptyCounts();
    const rows = this.sql.all<{ status: Status; packages: number }>(
      'SELECT status, SUM(packages) AS packages FROM daily WHERE suite = ? AND arch = ? AND day < ? GROUP BY status',
      [suite, arch, day],
    );
    for (const { status, packages } of rows) counts[status] = packages;
    return counts;
  }
}
