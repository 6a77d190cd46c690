import type Database from 'better-sqlite3';

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

/** The first place where two read models differ. A row that is null is not there. */
export interface Difference {
  readonly table: string;
  /** The row's primary key, by column. */
  readonly key: Row;
  /** The columns that differ; all, where a row is not there. */
  readonly live: Row | null;
  readonly rebuilt: Row | null;
}

interface Table {
  readonly name: string;
  readonly key: readonly string[];
}

/** Compares row by row in the order of the keys; memory holds one row of each. Null: they are the same. */
export function firstDifference(
  live: Database.Database,
  rebuilt: Database.Database,
  tables: readonly string[],
): Difference | null {
  for (const name of tables) {
    const difference = compareTable(live, rebuilt, { name, key: keyOf(rebuilt, name) });
    if (difference) return difference;
  }
  return null;
}

function keyOf(db: Database.Database, table: string): string[] {
  return db
    .prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .pluck()
    .all(table);
}

function compareTable(live: Database.Database, rebuilt: Database.Database, table: Table): Difference | null {
  const sql = `SELECT * FROM ${table.name} ORDER BY ${table.key.join(', ')}`;
  const [ours, theirs] = [live.prepare<[], Row>(sql).iterate(), rebuilt.prepare<[], Row>(sql).iterate()];
  try {
    for (;;) {
      const [a, b] = [next(ours), next(theirs)];
      if (a === null && b === null) return null;
      const difference = differing(table, a, b);
      if (difference) return difference;
    }
  } finally {
    ours.return?.();
    theirs.return?.();
  }
}

function next(rows: IterableIterator<Row>): Row | null {
  const result = rows.next();
  return result.done === true ? null : result.value;
}

function differing(table: Table, a: Row | null, b: Row | null): Difference | null {
  const order = byKey(table.key, a, b);
  const only = (row: Row | null): Row => pick(row ?? {}, table.key);
  if (order < 0) return { table: table.name, key: only(a), live: a, rebuilt: null };
  if (order > 0) return { table: table.name, key: only(b), live: null, rebuilt: b };
  const columns = Object.keys({ ...a, ...b }).filter((column) => a?.[column] !== b?.[column]);
  if (columns.length === 0) return null;
  return { table: table.name, key: only(a), live: pick(a ?? {}, columns), rebuilt: pick(b ?? {}, columns) };
}

/** Less than 0: the first row comes first, and so is not in the other table. */
function byKey(key: readonly string[], a: Row | null, b: Row | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  for (const column of key) {
    const [left, right] = [a[column] ?? '', b[column] ?? ''];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}
