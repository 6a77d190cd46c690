import type Database from 'better-sqlite3';
import type { Page } from './views.js';

export type Param = string | number | null;

/** Where statements run: the database that is in use now. It changes between statements only, and not in a snapshot. */
export interface Source {
  current(): Database.Database;
  close(): void;
}

/** Rows as plain lists, and the names that make objects of them. */
interface Prepared {
  readonly statement: Database.Statement<Param[], unknown[]>;
  readonly columns: readonly string[];
}

type Transaction = <Result>(read: () => Result) => Result;

/** Statements by their text: each is prepared once, however many shapes a query has. */
export class Sql {
  readonly #statements = new Map<string, Prepared>();
  readonly #source: Source;
  #db: Database.Database | null = null;
  #transaction: Transaction | null = null;

  constructor(source: Database.Database | Source) {
    this.#source = 'current' in source ? source : { current: () => source, close: () => source.close() };
  }

  all<Row>(text: string, params: readonly Param[] = []): Row[] {
    const { statement, columns } = this.#prepared(text);
    return statement.all(...params).map((values) => objectOf(columns, values) as Row);
  }

  // Only who wrote the SQL knows the row's shape.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  get<Row>(text: string, params: readonly Param[] = []): Row | undefined {
    const { statement, columns } = this.#prepared(text);
    const values = statement.get(...params);
    return values && (objectOf(columns, values) as Row);
  }

  /** All of `read` sees one state of the read model. */
  snapshot<Result>(read: () => Result): Result {
    const db = this.#current();
    if (db.inTransaction) return read();
    this.#transaction ??= db.transaction((inside: () => unknown) => inside()) as Transaction;
    return this.#transaction(read);
  }

  close(): void {
    this.#source.close();
  }

  #prepared(text: string): Prepared {
    const db = this.#current();
    let prepared = this.#statements.get(text);
    if (!prepared) {
      const statement = db.prepare<Param[], unknown[]>(text).raw();
      prepared = { statement, columns: statement.columns().map(({ name }) => name) };
      this.#statements.set(text, prepared);
    }
    return prepared;
  }

  #current(): Database.Database {
    if (this.#db?.inTransaction) return this.#db;
    const db = this.#source.current();
    if (db === this.#db) return db;
    this.#statements.clear();
    this.#transaction = null;
    this.#db = db;
    return db;
  }
}

/** A fifth faster than to have the driver make the objects. */
function objectOf(columns: readonly string[], values: readonly unknown[]): object {
  const row: Record<string, unknown> = {};
  let index = 0;
  for (const column of columns) row[column] = values[index++];
  return row;
}

/** Conditions joined by AND, each with its parameters; those whose value is undefined are left out. */
export class Where {
  readonly #conditions: string[] = [];
  readonly params: Param[] = [];

  /** @param condition has one `?` for each value. */
  and(condition: string, ...values: Param[]): this {
    this.#conditions.push(condition);
    this.params.push(...values);
    return this;
  }

  equals(column: string, value: Param | undefined): this {
    return value === undefined ? this : this.and(`${column} = ?`, value);
  }

  get sql(): string {
    return this.#conditions.length > 0 ? this.#conditions.join(' AND ') : 'TRUE';
  }
}

/** A page of rows that were read with one more than the limit, to see whether more follow. */
export function page<Item, Cursor>(
  items: readonly Item[],
  limit: number,
  cursor: (last: Item) => Cursor,
): Page<Item, Cursor> {
  const shown = items.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, next: items.length > limit && last !== undefined ? cursor(last) : null };
}
