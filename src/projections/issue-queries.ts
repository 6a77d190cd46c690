import { STATUS_COLUMNS, STATUS_TABLES, toStatus, type StatusRow } from './package-queries.js';
import { pastPlatformIssues } from './past-lists.js';
import { page, Where, type Sql } from './sql.js';
import type { PackageStatus, Page, PlatformIssue, SuiteCursor } from './views.js';

export interface IssueOptions {
  /** How it stood then (see past.ts). */
  readonly asOf?: string;
  readonly after?: SuiteCursor;
  readonly limit: number;
}

/** Packages that only have a problem somewhere. */
export class IssueQueries {
  constructor(private readonly sql: Sql) {}

  /** Packages whose newest statuses differ between the architectures of a suite, by suite and package. */
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
    return { items: keys.items.map((key) => ({ ...key, statuses: this.#statuses(key) })), next: keys.next };
  }

  #statuses({ suite, package: name }: SuiteCursor): PackageStatus[] {
    return this.sql
      .all<StatusRow>(
        `SELECT ${STATUS_COLUMNS} FROM ${STATUS_TABLES}
         WHERE s.package = ? AND s.suite = ? AND s.status IS NOT NULL ORDER BY s.arch`,
        [name, suite],
      )
      .map(toStatus);
  }
}
