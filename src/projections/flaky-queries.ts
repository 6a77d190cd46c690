import { SUMMARY_COLUMNS, toSummary, type SummaryRow } from './run-queries.js';
import { page, Where, type Sql } from './sql.js';
import type { DateCursor, FlakyPackage, Flip, Page, Target } from './views.js';
import type { Status } from '../domain/verdict.js';

export interface FlakyFilter {
  readonly suite?: string;
  readonly arch?: string;
  /** Flips at or after this instant. */
  readonly since?: string;
}

export interface FlakyOptions {
  readonly after?: Target;
  /** Flips up to then. */
  readonly asOf?: string;
  readonly limit: number;
}

/** Questions about results that flip: they differ though neither version nor testbed do. */
export class FlakyQueries {
  constructor(private readonly sql: Sql) {}

  /** Packages with flips, by suite, arch and package. */
  packages(filter: FlakyFilter, options: FlakyOptions): Page<FlakyPackage, Target> {
    const { suite, arch, since } = filter;
    const { after, asOf, limit } = options;
    const where = new Where().and('previousStatus IS NOT NULL').equals('suite', suite).equals('arch', arch);
    if (since !== undefined) where.and('endedAt >= ?', since);
    if (asOf !== undefined) where.and('endedAt <= ?', asOf);
    if (after) where.and('(suite, arch, package) > (?, ?, ?)', after.suite, after.arch, after.package);
    const rows = this.sql.all<FlakyPackage>(
      `SELECT package, suite, arch, COUNT(*) AS flips, MAX(endedAt) AS lastFlipAt FROM flip INDEXED BY flip_package
       WHERE ${where.sql} GROUP BY suite, arch, package ORDER BY suite, arch, package LIMIT ?`,
      [...where.params, limit + 1],
    );
    return page(rows, limit, ({ package: name, suite, arch }) => ({ package: name, suite, arch }));
  }

  /** The flips of one package, suite and arch, newest first. */
  flips(
    { package: name, suite, arch }: Target,
    options: { before?: DateCursor; asOf?: string; limit: number },
  ): Page<Flip, DateCursor> {
    const { before, asOf, limit } = options;
    const where = new Where().and('f.previousStatus IS NOT NULL');
    where.equals('f.suite', suite).equals('f.arch', arch).equals('f.package', name);
    if (asOf !== undefined) where.and('f.endedAt <= ?', asOf);
    if (before) where.and('(f.endedAt, f.runId) < (?, ?)', before.endedAt, before.runId);
    const rows = this.sql.all<SummaryRow & { previousStatus: Status }>(
      `SELECT ${SUMMARY_COLUMNS}, f.previousStatus FROM flip f INDEXED BY flip_package JOIN run r ON r.runId = f.runId
       WHERE ${where.sql} ORDER BY f.endedAt DESC, f.runId DESC LIMIT ?`,
      [...where.params, limit + 1],
    );
    const items = rows.map((row) => ({ run: toSummary(row), previousStatus: row.previousStatus }));
    return page(items, limit, ({ run }) => ({ endedAt: run.endedAt ?? '', runId: run.runId }));
  }
}
