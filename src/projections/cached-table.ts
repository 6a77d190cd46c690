import type Database from 'better-sqlite3';

type Value = string | number | null;
type Column<Row> = keyof Row & string;

/** What a batch needs to know of a table that is written through memory. */
export interface FlushableTable {
  /** Writes the rows that changed. */
  flush(): void;
  /** Forgets rows, written before, until few are held: the oldest first. */
  trim(): void;
  /** Forgets all that it holds; changes that were not flushed are lost. */
  clear(): void;
}

interface Entry<Row> {
  row: Row | undefined;
  stored: boolean;
}

/** The parts of a table: its primary key, what never changes after the insert, and what does. */
export interface TableShape<Row> {
  readonly name: string;
  readonly key: readonly Column<Row>[];
  readonly fixed?: readonly Column<Row>[];
  readonly mutable: readonly Column<Row>[];
  /** So many are held; default 30,000, some MB. */
  readonly mostRows?: number;
}

const MOST_ROWS = 10_000;

/**
 * A table's rows in memory: each is read once when first needed and written once at the flush, however many events
 * touch it in between. Nobody else may write the table meanwhile. Rows are never changed in place.
 */
export class CachedTable<Row extends object> implements FlushableTable {
  readonly #entries = new Map<Value | undefined, Entry<Row>>();
  readonly #dirty = new Set<Entry<Row>>();
  readonly #mostRows: number;
  readonly #load: Database.Statement<Value[], Row>;
  readonly #insert: (row: Row) => void;
  readonly #update: (row: Row) => void;

  constructor(db: Database.Database, shape: TableShape<Row>) {
    const { name, key, fixed = [], mutable, mostRows = MOST_ROWS } = shape;
    this.#mostRows = mostRows;
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
    this.#dirty.add(entry);
  }

  /** Adds a row that is known not to be there yet. */
  add(row: Row, ...key: readonly Value[]): void {
    const entry = { row, stored: false };
    this.#entries.set(idOf(key), entry);
    this.#dirty.add(entry);
  }

  /** @param which Default: all that changed. */
  flush(which?: (row: Row) => boolean): void {
    for (const entry of this.#dirty) {
      if (entry.row !== undefined && (which === undefined || which(entry.row))) this.#write(entry, entry.row);
    }
  }

  trim(): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= this.#mostRows) return;
      if (this.#dirty.has(entry) && entry.row !== undefined) this.#write(entry, entry.row);
      this.#entries.delete(id);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#dirty.clear();
  }

  #write(entry: Entry<Row>, row: Row): void {
    if (entry.stored) this.#update(row);
    else this.#insert(row);
    entry.stored = true;
    this.#dirty.delete(entry);
  }

  #entry(key: readonly Value[]): Entry<Row> {
    const id = idOf(key);
    let entry = this.#entries.get(id);
    if (!entry) {
      const row = this.#load.get(...key);
      entry = { row, stored: row !== undefined };
      this.#entries.set(id, entry);
    }
    return entry;
  }
}

/** A NUL keeps the parts of a key apart: no name may hold one. */
function idOf(key: readonly Value[]): Value | undefined {
  let id = key[0];
  for (let part = 1; part < key.length; part++) id = `${id ?? ''}\0${key[part] ?? ''}`;
  return id;
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
