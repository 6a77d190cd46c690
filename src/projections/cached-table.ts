import type Database from 'better-sqlite3';

type Value = string | number | null;
type Column<Row> = keyof Row & string;

/** What the end of a batch needs to know of a table. */
export interface FlushableTable {
  /** Writes the rows that changed. */
  flush(): void;
  /** Forgets what it holds; changes that were not flushed are lost. */
  clear(): void;
}

interface Entry<Row> {
  row: Row | undefined;
  stored: boolean;
  dirty: boolean;
}

/** The parts of a table: its primary key, what never changes after the insert, and what does. */
export interface TableShape<Row> {
  readonly name: string;
  readonly key: readonly Column<Row>[];
  readonly fixed?: readonly Column<Row>[];
  readonly mutable: readonly Column<Row>[];
}

/**
 * A table's rows during one batch: each is read once when first needed and written once at the flush,
 * however many events of the batch touch it. Rows are never changed in place.
 */
export class CachedTable<Row extends object> implements FlushableTable {
  readonly #entries = new Map<Value | undefined, Entry<Row>>();
  readonly #load: Database.Statement<Value[], Row>;
  readonly #insert: (row: Row) => void;
  readonly #update: (row: Row) => void;

  constructor(db: Database.Database, shape: TableShape<Row>) {
    const { name, key, fixed = [], mutable } = shape;
    const where = key.map((column) => `${column} = ?`).join(' AND ');
    const all = [...key, ...fixed, ...mutable];
    this.#load = db.prepare(`SELECT ${all.join(', ')} FROM ${name} WHERE ${where}`);
    this.#insert = writer(db, `INSERT INTO ${name} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})`, all);
    const assignments = mutable.map((column) => `${column} = ?`).join(', ');
    this.#update = writer(db, `UPDATE ${name} SET ${assignments} WHERE ${where}`, [...mutable, ...key]);
  }

  get(...key: readonly Value[]): Row | undefined {
    return this.#entry(key).row;
  }

  /** Replaces, or adds, the row with this key. */
  set(row: Row, ...key: readonly Value[]): void {
    const entry = this.#entry(key);
    entry.row = row;
    entry.dirty = true;
  }

  /** Adds a row that is known not to be there yet. */
  add(row: Row, ...key: readonly Value[]): void {
    this.#entries.set(idOf(key), { row, stored: false, dirty: true });
  }

  flush(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.dirty || entry.row === undefined) continue;
      if (entry.stored) this.#update(entry.row);
      else this.#insert(entry.row);
      entry.stored = true;
      entry.dirty = false;
    }
  }

  clear(): void {
    this.#entries.clear();
  }

  #entry(key: readonly Value[]): Entry<Row> {
    const id = idOf(key);
    let entry = this.#entries.get(id);
    if (!entry) {
      const row = this.#load.get(...key);
      entry = { row, stored: row !== undefined, dirty: false };
      this.#entries.set(id, entry);
    }
    return entry;
  }
}

/** A NUL keeps the parts of a key apart: no name may hold one. */
function idOf(key: readonly Value[]): Value | undefined {
  return key.length === 1 ? key[0] : key.join('\0');
}

function writer<Row extends object>(
  db: Database.Database,
  sql: string,
  columns: readonly Column<Row>[],
): (row: Row) => void {
  const statement = db.prepare<Value[]>(sql);
  return (row) => {
    statement.run(...columns.map((column) => row[column] as Value));
  };
}
