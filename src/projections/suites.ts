import type Database from 'better-sqlite3';
import type { Status } from '../domain/verdict.js';
import { CachedTable } from './cached-table.js';
import type { Change, Fold, Projection } from './projection.js';

interface SuiteRow {
  readonly suite: string;
  readonly package: string;
  /** On how many architectures its status is this one. */
  readonly pass: number;
  readonly fail: number;
  readonly neutral: number;
  readonly tmpfail: number;
  /** 1: architectures differ. */
  readonly differs: number;
}

/**
 * How each package stands in a suite over all architectures, and where these differ.
 * A tmpfail says nothing of the package, so it makes no difference.
 */
export const suites: Projection = {
  name: 'suites',
  schema: `
CREATE TABLE suitePackage (
  suite TEXT NOT NULL, package TEXT NOT NULL, pass INTEGER NOT NULL, fail INTEGER NOT NULL, neutral INTEGER NOT NULL,
  tmpfail INTEGER NOT NULL, differs INTEGER NOT NULL,
  PRIMARY KEY (suite, package)
) STRICT, WITHOUT ROWID;
CREATE INDEX suitePackage_differs ON suitePackage (suite, package) WHERE differs = 1;
`,
  open,
};

/** True for the statuses of one package in one suite that are not the same everywhere, tmpfails aside. */
export function differ({ pass, fail, neutral }: Pick<SuiteRow, 'pass' | 'fail' | 'neutral'>): boolean {
  return Number(pass > 0) + Number(fail > 0) + Number(neutral > 0) > 1;
}

function open(db: Database.Database): Fold {
  const table = new CachedTable<SuiteRow>(db, {
    name: 'suitePackage',
    key: ['suite', 'package'],
    mutable: ['pass', 'fail', 'neutral', 'tmpfail', 'differs'],
  });

  function change(row: SuiteRow, from: Status | null, to: Status): SuiteRow {
    const by = (status: Status): number => Number(status === to) - Number(status === from);
    const pass = row.pass + by('pass');
    const fail = row.fail + by('fail');
    const neutral = row.neutral + by('neutral');
    const tmpfail = row.tmpfail + by('tmpfail');
    const differs = Number(differ({ pass, fail, neutral }));
    return { suite: row.suite, package: row.package, pass, fail, neutral, tmpfail, differs };
  }

  return {
    tables: [table],
    apply({ run, place }: Change) {
      if (!run || place?.next !== null) return;
      const { suite, package: name, status } = run.after;
      const previous = place.previous?.status ?? null;
      if (status === null || status === previous) return;
      const row = table.get(suite, name);
      const none = { suite, package: name, pass: 0, fail: 0, neutral: 0, tmpfail: 0, differs: 0 };
      table.set(change(row ?? none, previous, status), suite, name);
    },
  };
}
