import { pastStatuses } from './past-lists.js';
import { Past } from './past.js';
import { SUMMARY_COLUMNS, toSummary, type SummaryRow } from './run-queries.js';
import { page, Where, type Param, type Sql } from './sql.js';
import type { Position } from '../domain/ports/event-store.js';
import type {
  DateCursor,
  NewsItem,
  PackageStatus,
  PackageSummary,
  Page,
  PrefixCount,
  StatusChange,
  Target,
} from './views.js';
import { REMOVED_AT } from './removals.js';
import { conditions, endOf, indexFor, type StatusFilter } from './status-filter.js';
import { publicAt } from './visibility.js';
import type { Status } from '../domain/verdict.js';
import { emptyCounts } from './empty-counts.js';

export interface NamesQuery {
  /** Debian's: `libx`, `h`. */
  readonly prefix?: string;
  readonly after?: string;
  readonly limit: number;
}

export interface NewsQuery {
  /** Default: of all packages. */
  readonly package?: string;
  readonly before?: DateCursor;
  /** How it stood then (see past.ts). */
  readonly asOf?: string;
  readonly limit: number;
}

export interface StatusOptions {
  readonly after?: Target;
  /** How it stood then (see past.ts). A part may then be short, even empty, and still have a next one. */
  readonly asOf?: string;
  readonly limit: number;
}

/** The columns of a PackageStatus; those of a run that is not there are null. */
export const STATUS_COLUMNS = `${SUMMARY_COLUMNS}, s.package, s.suite, s.arch, s.previousStatus, s.lastPassAt,
  s.lastPassVersion, s.brokenSince, ${REMOVED_AT} AS removedAt`;
export const STATUS_TABLES = 'packageStatus s LEFT JOIN run r ON r.runId = s.runId';

export type StatusRow = SummaryRow &
  Pick<PackageStatus, 'previousStatus' | 'lastPassAt' | 'lastPassVersion' | 'brokenSince' | 'removedAt'>;

export function toStatus(row: StatusRow): PackageStatus {
  const { package: name, suite, arch, previousStatus, lastPassAt, lastPassVersion, brokenSince, removedAt } = row;
  const known = (row.runId as number | null) !== null;
  return {
    package: name,
    suite,
    arch,
    run: known ? toSummary(row) : null,
    previousStatus,
    lastPassAt,
    lastPassVersion,
    brokenSince,
    removedAt,
  };
}

/** A LIKE pattern for names that hold the text; escaped by `\`. */
function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** Questions about packages and their statuses. Packages that have private runs only are not in the answers. */
export class PackageQueries {
  constructor(private readonly sql: Sql) {}

  has(name: string): boolean {
    return this.sql.get('SELECT 1 FROM package WHERE name = ?', [name]) !== undefined;
  }

  /** Whether a public run of the package was ever asked for there. */
  isTested({ package: name, suite, arch }: Target): boolean {
    const found = this.sql.get('SELECT 1 FROM packageStatus WHERE package = ? AND suite = ? AND arch = ?', [
      name,
      suite,
      arch,
    ]);
    return found !== undefined;
  }

  /** Wherever a public run of the package was ever asked for, by suite and arch. */
  targets(name: string): Target[] {
    return this.sql.all(
      'SELECT package, suite, arch FROM packageStatus WHERE package = ? ORDER BY package, suite, arch',
      [name],
    );
  }

  /** All prefixes, and how many packages each holds. */
  prefixes(): PrefixCount[] {
    return this.sql.all('SELECT prefix, packages FROM prefix ORDER BY prefix');
  }

  /** Package names in their order; those that Debian sorts under a prefix, or all. */
  names({ prefix, after = '', limit }: NamesQuery): Page<string, string> {
    const where = new Where().equals('prefix', prefix).and('name > ?', after);
    const index = prefix === undefined ? '' : 'INDEXED BY package_prefix';
    const rows = this.sql.all<{ name: string }>(
      `SELECT name FROM package ${index} WHERE ${where.sql} ORDER BY name LIMIT ?`,
      [...where.params, limit + 1],
    );
    return page(
      rows.map(({ name }) => name),
      limit,
      (name) => name,
    );
  }

  /** The packages that Debian sorts under a prefix, by name. */
  withPrefix(prefix: string): PackageSummary[] {
    const rows = this.sql.all<{ name: string; status: Status | null; targets: number }>(
      `SELECT p.name, s.status, COUNT(*) AS targets
       FROM package p INDEXED BY package_prefix JOIN packageStatus s ON s.package = p.name
       WHERE p.prefix = ? GROUP BY p.name, s.status ORDER BY p.name`,
      [prefix],
    );
    const summaries = new Map<string, Record<Status, number>>();
    for (const { name, status, targets } of rows) {
      const statuses = summaries.get(name) ?? emptyCounts();
      if (status !== null) statuses[status] = targets;
      summaries.set(name, statuses);
    }
    return Array.from(summaries, ([name, statuses]) => ({ name, statuses }));
  }

  /**
   * Package names that hold the text: the very one first, then those that begin with it, then the rest.
   * The last step reads all names, which are few and short.
   */
  search(text: string, limit: number): string[] {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return [];
    const begins = this.#names('name >= ? AND name < ?', [wanted, endOf(wanted)], limit);
    if (begins.length === limit) return begins;
    const others = this.#names(
      `name LIKE ? ESCAPE '\\' AND NOT (name >= ? AND name < ?)`,
      [containing(wanted), wanted, endOf(wanted)],
      limit - begins.length,
    );
    return [...begins, ...others];
  }

  /** The status of one package wherever it is tested, by suite and arch; as of a past instant, wherever it had one. */
  matrix(name: string, asOf?: string): PackageStatus[] {
    const now = this.sql
      .all<StatusRow>(`SELECT ${STATUS_COLUMNS} FROM ${STATUS_TABLES} WHERE s.package = ? ORDER BY s.suite, s.arch`, [
        name,
      ])
      .map(toStatus);
    if (asOf === undefined) return now;
    const past = new Past(this.sql, asOf);
    return now.flatMap((target) => past.status(target) ?? []);
  }

  /** The changes of statuses after one place in the log up to another, in the log's order. */
  statusChanges(after: Position | null, upTo: Position): StatusChange[] {
    return this.sql.all(
      `SELECT position, runId, package, suite, arch, status, previousStatus FROM statusChange
       WHERE position > ? AND position <= ? ORDER BY position`,
      [after ?? '', upTo],
    );
  }

  /** Statuses by suite, arch and package. */
  statuses(filter: StatusFilter, options: StatusOptions): Page<PackageStatus, Target> {
    const { after, limit, asOf } = options;
    if (asOf !== undefined) return pastStatuses(this.sql, filter, { ...options, asOf });
    const where = conditions(new Where(), filter);
    if (after) where.and('(s.suite, s.arch, s.package) > (?, ?, ?)', after.suite, after.arch, after.package);
    const rows = this.sql.all<StatusRow>(
      `SELECT ${STATUS_COLUMNS} FROM ${STATUS_TABLES.replace(' s ', ` s INDEXED BY ${indexFor(filter)} `)}
       WHERE ${where.sql} ORDER BY s.suite, s.arch, s.package LIMIT ?`,
      [...where.params, limit + 1],
    );
    return page(rows.map(toStatus), limit, ({ package: name, suite, arch }) => ({ package: name, suite, arch }));
  }

  /** Debian's news, newest first. */
  news({ package: name, before, asOf, limit }: NewsQuery): Page<NewsItem, DateCursor> {
    const where = new Where().and('n.previousStatus IS NOT NULL').equals('n.package', name);
    if (before) where.and('(n.endedAt, n.runId) < (?, ?)', before.endedAt, before.runId);
    if (asOf !== undefined) where.and('n.endedAt <= ?', asOf).and(publicAt('r'), asOf);
    const index = name === undefined ? 'news_newest' : 'news_package';
    const rows = this.sql.all<SummaryRow & { previousStatus: Status }>(
      `SELECT ${SUMMARY_COLUMNS}, n.previousStatus FROM news n INDEXED BY ${index} JOIN run r ON r.runId = n.runId
       WHERE ${where.sql} ORDER BY n.endedAt DESC, n.runId DESC LIMIT ?`,
      [...where.params, limit + 1],
    );
    const items = rows.map((row) => ({ run: toSummary(row), previousStatus: row.previousStatus }));
    return page(items, limit, ({ run }) => ({ endedAt: run.endedAt ?? '', runId: run.runId }));
  }

  #names(condition: string, params: Param[], limit: number): string[] {
    return this.sql
      .all<{ name: string }>(`SELECT name FROM package WHERE ${condition} ORDER BY name LIMIT ?`, [...params, limit])
      .map(({ name }) => name);
  }
}
