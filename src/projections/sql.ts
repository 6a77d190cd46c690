import type Database from 'better-sqlite3';
import type { Page } from './views.js';

export type Param = string | number | null;

/** Where statements run: the database that is in use now. It changes between statements only, and not in a snapshot. */
export interface Source {
  current(): Database.Database;
  close(): void;
}

/** Statements by their text: each is prepared once, however many shapes a query has. */
export class Sql {
  readonly #statements = new Map<string, Database.Statement<Param[]>>();
  readonly #source: Source;
  #db: Database.Database | null = null;

  constructor(source: Database.Database | Source) {
    this.#source = 'current' in source ? source : { current: () => source, close: () => source.close() };
  }

  all<Row>(text: string, params: readonly Param[] = []): Row[] {
    return this.#statement(text).all(...params) as Row[];
  }

  // Only who wrote the SQL knows the row's shape.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  get<Row>(text: string, params: readonly Param[] = []): Row | undefined {
    return this.#statement(text).get(...params) as Row | undefined;
  }

  /** All of `read` sees one state of the read model. */
  snapshot<Result>(read: () => Result): Result {
    const db = this.#current();
    return db.inTransaction ? read() : db.transaction(read)();
  }

  close(): void {
    this.#source.close();
  }

  #statement(text: string): Database.Statement<Param[]> {
    const db = this.#current();
    let statement = this.#statements.get(text);
    if (!statement) {
      statement = db.prepare<Param[]>(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }

  #current(): Database.Database {
    if (this.#db?.inTransaction) return this.#db;
    const db = this.#source.current();
    if (db !== this.#db) this.#statements.clear();
    this.#db = db;
    return db;
  }
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
