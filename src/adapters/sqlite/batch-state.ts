import type Database from 'better-sqlite3';
import type { Member } from '../../domain/archive/snapshot.js';
import type { BatchRequest, BatchState, KnownChain, MemberNumbers } from '../../domain/ports/batch-state.js';
import type { Platform } from '../../domain/ports/test-history.js';
import { guarded, openDatabase, type Schema } from './database.js';

const STATE: Schema = {
  name: "batch's state",
  version: 1,
  sql: `
CREATE TABLE member (number INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL) STRICT;
CREATE TABLE chain (
  suite TEXT NOT NULL, arch TEXT NOT NULL, package TEXT NOT NULL, runId INTEGER NOT NULL, members BLOB NOT NULL,
  PRIMARY KEY (suite, arch, package)
) STRICT;
CREATE TABLE request (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, suite TEXT NOT NULL, arch TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE requestJob (
  requestId TEXT NOT NULL, place INTEGER NOT NULL, package TEXT NOT NULL, members BLOB NOT NULL,
  PRIMARY KEY (requestId, place)
) STRICT;
CREATE TABLE flag (name TEXT PRIMARY KEY) STRICT;
`,
};

interface RequestRow {
  readonly id: string;
  readonly suite: string;
  readonly arch: string;
  readonly body: string;
}

interface JobRow {
  readonly package: string;
  readonly members: Buffer;
}

/** Batch's memory in an SQLite file. Packages and versions have numbers, so that a chain is a few hundred bytes. */
export class SqliteBatchState implements BatchState {
  readonly #members: Member[] = [];
  readonly #numbers = new Map<string, number>();
  /** So many members are in the file; the others are written with the first request that needs them. */
  #saved: number;

  private constructor(private readonly db: Database.Database) {
    for (const member of db.prepare<[], Member>('SELECT name, version FROM member ORDER BY number').iterate()) {
      this.#add(member);
    }
    this.#saved = this.#members.length;
  }

  /**
   * @param path The file; made, with its folder, where it is missing.
   * @throws StoreUnavailableError where it cannot be opened. So do all methods where SQLite fails.
   */
  static open(path: string): SqliteBatchState {
    const db = openDatabase(path, STATE);
    return guarded(db, () => new SqliteBatchState(db));
  }

  numberOf(member: Member): number {
    return this.#numbers.get(keyOf(member)) ?? this.#add(member);
  }

  memberOf(number: number): Member {
    const member = this.#members[number];
    if (member === undefined) throw new RangeError(`no package has the number ${number}`);
    return member;
  }

  chains({ suite, arch }: Platform): Map<string, KnownChain> {
    const rows = this.#all<JobRow & { runId: number }>(
      'SELECT package, runId, members FROM chain WHERE suite = ? AND arch = ?',
      suite,
      arch,
    );
    return new Map(rows.map(({ package: name, runId, members }) => [name, { runId, members: fromBlob(members) }]));
  }

  begin({ id, suite, arch, body, jobs }: BatchRequest): void {
    this.#change(() => {
      this.#saveMembers();
      this.#run('INSERT INTO request (id, suite, arch, body) VALUES (?, ?, ?, ?)', id, suite, arch, body);
      const add = this.db.prepare('INSERT INTO requestJob VALUES (?, ?, ?, ?)');
      for (const [place, { package: name, members }] of jobs.entries()) add.run(id, place, name, toBlob(members));
    });
    this.#saved = this.#members.length;
  }

  finish(id: string, runIds: readonly number[]): void {
    this.#change(() => {
      const known = this.db.prepare(
        `INSERT INTO chain SELECT r.suite, r.arch, j.package, ?, j.members
         FROM requestJob j JOIN request r ON r.id = j.requestId WHERE j.requestId = ? AND j.place = ?
         ON CONFLICT (suite, arch, package) DO UPDATE SET runId = excluded.runId, members = excluded.members`,
      );
      for (const [place, runId] of runIds.entries()) known.run(runId, id, place);
      this.#forget(id);
    });
  }

  drop(id: string): void {
    this.#change(() => {
      this.#forget(id);
    });
  }

  unfinished(): BatchRequest[] {
    return this.#all<RequestRow>('SELECT id, suite, arch, body FROM request ORDER BY seq').map((request) => ({
      ...request,
      jobs: this.#all<JobRow>(
        'SELECT package, members FROM requestJob WHERE requestId = ? ORDER BY place',
        request.id,
      ).map(({ package: name, members }) => ({ package: name, members: fromBlob(members) })),
    }));
  }

  get offline(): boolean {
    return this.#all('SELECT 1 FROM flag WHERE name = ?', 'offline').length > 0;
  }

  set offline(offline: boolean) {
    this.#change(() => {
      this.#run('DELETE FROM flag WHERE name = ?', 'offline');
      if (offline) this.#run('INSERT INTO flag VALUES (?)', 'offline');
    });
  }

  close(): void {
    this.db.close();
  }

  #add(member: Member): number {
    const number = this.#members.push(member) - 1;
    this.#numbers.set(keyOf(member), number);
    return number;
  }

  #saveMembers(): void {
    const add = this.db.prepare('INSERT INTO member VALUES (?, ?, ?)');
    for (const [index, { name, version }] of this.#members.slice(this.#saved).entries()) {
      add.run(this.#saved + index, name, version);
    }
  }

  #forget(id: string): void {
    this.#run('DELETE FROM requestJob WHERE requestId = ?', id);
    this.#run('DELETE FROM request WHERE id = ?', id);
  }

  #change(work: () => void): void {
    guarded(this.db, () => {
      this.db.transaction(work).immediate();
    });
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.db.prepare(sql).run(...values);
  }

  /** Only who wrote the SQL knows the row's shape. */
  #all<Row>(sql: string, ...values: string[]): Row[] {
    return guarded(this.db, () => this.db.prepare(sql).all(...values)) as Row[];
  }
}

/** Neither a name nor a version holds a blank. */
function keyOf({ name, version }: Member): string {
  return `${name} ${version}`;
}

function toBlob(members: MemberNumbers): Buffer {
  return Buffer.from(members.buffer, members.byteOffset, members.byteLength);
}

/** A blob may begin at any byte; the numbers may not. */
function fromBlob(blob: Buffer): MemberNumbers {
  const copy = new Uint8Array(blob);
  return new Uint32Array(copy.buffer);
}
