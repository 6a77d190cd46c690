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
import type { Status } from '../domain/verdict.js';
import { emptyCounts } from './count-queries.js';

export interface StatusFilter {
  readonly package?: string;
  readonly suite?: string;
  readonly arch?: string;
  readonly status?: Status;
  /** Packages whose names begin so. */
  readonly namePrefix?: string;
}

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
  readonly limit: number;
}

/** The columns of a PackageStatus; those of a run that is not there are null. */
const STATUS_COLUMNS = `${SUMMARY_COLUMNS}, s.package, s.suite, s.arch, s.previousStatus, s.lastPassAt, s.lastPassVersion`;
const STATUS_TABLES = 'packageStatus s LEFT JOIN run r ON r.runId = s.runId';

type StatusRow = SummaryRow & Pick<PackageStatus, 'previousStatus' | 'lastPassAt' | 'lastPassVersion'>;

function toStatus(row: StatusRow): PackageStatus {
  const { previousStatus, lastPassAt, lastPassVersion, ...run } = row;
  const { package: name, suite, arch } = run;
  const known = (run.runId as number | null) !== null;
  return {
    package: name,
    suite,
    arch,
    run: known ? toSummary(run) : null,
    previousStatus,
    lastPassAt,
    lastPassVersion,
  };
}

/** Above every name that begins with the text; names hold ASCII only. */
function end(prefix: string): string {
  return `${prefix}\u007f`;
}

/** One package's statuses are few, and found by the primary key. */
function indexFor({ package: name, status }: StatusFilter): string {
  if (name !== undefined) return 'NOT INDEXED';
  return `INDEXED BY ${status === undefined ? 'packageStatus_platform' : 'packageStatus_status'}`;
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
    const begins = this.#names('name >= ? AND name < ?', [wanted, end(wanted)], limit);
    if (begins.length === limit) return begins;
    const others = this.#names(
      `name LIKE ? ESCAPE '\\' AND NOT (name >= ? AND name < ?)`,
      [containing(wanted), wanted, end(wanted)],
      limit - begins.length,
    );
    return [...begins, ...others];
  }

  /** The status of one package wherever it is tested, by suite and arch. */
  matrix(name: string): PackageStatus[] {
    return this.sql
      .all<StatusRow>(`SELECT ${STATUS_COLUMNS} FROM ${STATUS_TABLES} WHERE s.package = ? ORDER BY s.suite, s.arch`, [
        name,
      ])
      .map(toStatus);
  }

  /** The statuses of several packages at once. */
  matrices(names: readonly string[]): ReadonlyMap<string, readonly PackageStatus[]> {
    return this.sql.snapshot(() => new Map(names.map((name) => [name, this.matrix(name)])));
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
  statuses(filter: StatusFilter, options: { after?: Target; limit: number }): Page<PackageStatus, Target> {
    const { package: name, suite, arch, status, namePrefix } = filter;
    const { after, limit } = options;
    const where = new Where().equals('s.suite', suite).equals('s.arch', arch).equals('s.status', status);
    where.equals('s.package', name);
    if (namePrefix !== undefined) where.and('s.package >= ? AND s.package < ?', namePrefix, end(namePrefix));
    if (after) where.and('(s.suite, s.arch, s.package) > (?, ?, ?)', after.suite, after.arch, after.package);
    const rows = this.sql.all<StatusRow>(
      `SELECT ${STATUS_COLUMNS} FROM ${STATUS_TABLES.replace(' s ', ` s ${indexFor(filter)} `)}
       WHERE ${where.sql} ORDER BY s.suite, s.arch, s.package LIMIT ?`,
      [...where.params, limit + 1],
    );
    return page(rows.map(toStatus), limit, ({ package: name, suite, arch }) => ({ package: name, suite, arch }));
  }

  /** Debian's news, newest first. */
  news({ package: name, before, limit }: NewsQuery): Page<NewsItem, DateCursor> {
    const where = new Where().and('n.previousStatus IS NOT NULL').equals('n.package', name);
    if (before) where.and('(n.endedAt, n.runId) < (?, ?)', before.endedAt, before.runId);
    const index = name === undefined ? 'news_newest' : 'news_package';
    const rows = this.sql.all<SummaryRow & { previousStatus: Status }>(
      `SELECT ${SUMMARY_COLUMNS}, n.previousStatus FROM news n INDEXED BY ${index} JOIN run r ON r.runId = n.runId
       WHERE ${where.sql} ORDER BY n.endedAt DESC, n.runId DESC LIMIT ?`,
      [...where.params, limit + 1],
    );
    const items = rows.map(({ previousStatus, ...run }) => ({ run: toSummary(run), previousStatus }));
    return page(items, limit, ({ run }) => ({ endedAt: run.endedAt ?? '', runId: run.runId }));
  }

  #names(condition: string, params: Param[], limit: number): string[] {
    return this.sql
      .all<{ name: string }>(`SELECT name FROM package WHERE ${condition} ORDER BY name LIMIT ?`, [...params, limit])
      .map(({ name }) => name);
  }
}
