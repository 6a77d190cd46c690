import { matchesFilter, namesFrom, type StatusFilter } from './status-filter.js';
import { Past } from './past.js';
import { Where, type Sql } from './sql.js';
import { differ } from './suites.js';
import type { PackageStatus, Page, PlatformIssue, SuiteCursor, Target } from './views.js';
import { emptyCounts } from './empty-counts.js';
import { isGood } from './package-status.js';

/**
 * The past has no index by status: the packages are gone through, so many a part. A part may hold fewer than asked for,
 * even none, and still have a next one.
 */
const LOOKED_AT = 2000;

/** How statuses stood at an instant that match the filter, by suite, arch and package. Those without a result are left out. */
export function pastStatuses(
  sql: Sql,
  filter: StatusFilter,
  { asOf, after, limit }: { asOf: string; after?: Target; limit: number },
): Page<PackageStatus, Target> {
  const where = new Where().equals('s.suite', filter.suite).equals('s.arch', filter.arch);
  namesFrom(where, filter);
  if (after) where.and('(s.suite, s.arch, s.package) > (?, ?, ?)', after.suite, after.arch, after.package);
  const targets = sql.all<Target>(
    `SELECT s.package, s.suite, s.arch FROM packageStatus s INDEXED BY packageStatus_platform
     WHERE ${where.sql} ORDER BY s.suite, s.arch, s.package LIMIT ?`,
    [...where.params, LOOKED_AT],
  );
  const past = new Past(sql, asOf);
  return lookThrough(targets, limit, (target) => {
    const newest = past.newest(target);
    if (!newest || (filter.status !== undefined && filter.status !== newest.status)) return null;
    if (filter.brokenAfter !== undefined && isGood(newest.status)) return null;
    const status = past.details(target, newest);
    return matchesFilter(status, filter) ? status : null;
  });
}

/** The packages that did not stand alike on all architectures of a suite at an instant, by suite and package. */
export function pastPlatformIssues(
  sql: Sql,
  suite: string | undefined,
  { asOf, after, limit }: { asOf: string; after?: SuiteCursor; limit: number },
): Page<PlatformIssue, SuiteCursor> {
  const where = new Where().equals('suite', suite);
  if (after) where.and('(suite, package) > (?, ?)', after.suite, after.package);
  const keys = sql.all<SuiteCursor>(
    `SELECT suite, package FROM suitePackage WHERE ${where.sql} ORDER BY suite, package LIMIT ?`,
    [...where.params, LOOKED_AT],
  );
  const past = new Past(sql, asOf);
  return lookThrough(keys, limit, (key) => {
    const newest = archesOf(sql, key).flatMap((arch) => {
      const target = { ...key, arch };
      const run = past.newest(target);
      return run ? [{ target, run }] : [];
    });
    const counts = emptyCounts();
    for (const { run } of newest) counts[run.status]++;
    // The rest costs several times as much: only for what is shown.
    return differ(counts) ? { ...key, statuses: newest.map(({ target, run }) => past.details(target, run)) } : null;
  });
}

function archesOf(sql: Sql, { suite, package: name }: SuiteCursor): string[] {
  return sql
    .all<{ arch: string }>('SELECT arch FROM packageStatus WHERE package = ? AND suite = ? ORDER BY arch', [
      name,
      suite,
    ])
    .map(({ arch }) => arch);
}

/** Up to so many of what is found for keys; goes on after the last key looked at. */
function lookThrough<Key, Item>(keys: readonly Key[], limit: number, find: (key: Key) => Item | null): Page<Item, Key> {
  const items: Item[] = [];
  for (const [index, key] of keys.entries()) {
    const item = find(key);
    if (item !== null) items.push(item);
    const more = index + 1 < keys.length || keys.length === LOOKED_AT;
    if (items.length === limit) return { items, next: more ? key : null };
  }
  return { items, next: keys.length === LOOKED_AT ? (keys.at(-1) ?? null) : null };
}
