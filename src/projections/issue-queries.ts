import { STATUS_COLUMNS, STATUS_TABLES, toStatus, type StatusRow } from './package-queries.js';
import { pastPlatformIssues } from './past-lists.js';
import { emptyCounts } from './empty-counts.js';
import { IN_ARCHIVE } from './removals.js';
import { differ } from './suites.js';
import { page, Where, type Sql } from './sql.js';
import type { PackageStatus, Page, PlatformIssue, StatusCounts, SuiteCursor } from './views.js';

export interface IssueOptions {
  /** How it stood then (see past.ts). */
  readonly asOf?: string;
  readonly after?: SuiteCursor;
  readonly limit: number;
}

/** Packages that only have a problem somewhere. */
export class IssueQueries {
  constructor(private readonly sql: Sql) {}

  /**
   * Packages whose newest statuses differ between the architectures of a suite, by suite and package. A part may hold
   * fewer than its limit though more follow: where an archive has a package no more, its status does not count.
   */
  platformSpecific(filter: { suite?: string }, options: IssueOptions): Page<PlatformIssue, SuiteCursor> {
    const { asOf, after, limit } = options;
    if (asOf !== undefined) return pastPlatformIssues(this.sql, filter.suite, { ...options, asOf });
    const where = new Where().and('differs = 1').equals('suite', filter.suite);
    if (after) where.and('(suite, package) > (?, ?)', after.suite, after.package);
    const rows = this.sql.all<SuiteCursor>(
      `SELECT suite, package FROM suitePackage INDEXED BY suitePackage_differs
       WHERE ${where.sql} ORDER BY suite, package LIMIT ?`,
      [...where.params, limit + 1],
    );
    const keys = page(rows, limit, (last) => last);
    const items = keys.items.map((key) => ({ ...key, statuses: this.#statuses(key) }));
    return { items: items.filter(({ statuses }) => differ(countsOf(statuses))), next: keys.next };
  }

  #statuses({ suite, package: name }: SuiteCursor): PackageStatus[] {
    return this.sql
      .all<StatusRow>(
        `SELECT ${STATUS_COLUMNS} FROM ${STATUS_TABLES}
         WHERE s.package = ? AND s.suite = ? AND s.status IS NOT NULL AND ${IN_ARCHIVE} ORDER BY s.arch`,
        [name, suite],
      )
      .map(toStatus);
  }
}

function countsOf(statuses: readonly PackageStatus[]): StatusCounts {
  const counts = emptyCounts();
  for (const { run } of statuses) if (run?.status) counts[run.status]++;
  return counts;
}
