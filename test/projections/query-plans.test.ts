import { describe, expect, it } from 'vitest';
import type { Position } from '../../src/domain/ports/event-store.js';
import type { RunSummary } from '../../src/projections/views.js';
import { openForWriting } from '../../src/projections/database.js';
import { ApiKeyQueries } from '../../src/projections/api-key-queries.js';
import { BackendQueries } from '../../src/projections/backend-queries.js';
import { CountQueries } from '../../src/projections/count-queries.js';
import { FlakyQueries } from '../../src/projections/flaky-queries.js';
import { IssueQueries } from '../../src/projections/issue-queries.js';
import { LatencyQueries } from '../../src/projections/latency-queries.js';
import { PackageQueries } from '../../src/projections/package-queries.js';
import { Past } from '../../src/projections/past.js';
import { RecordQueries } from '../../src/projections/record-queries.js';
import { RunQueries } from '../../src/projections/run-queries.js';
import { Sql, type Param } from '../../src/projections/sql.js';
import { readModelPath } from '../support/read-models.js';

/** Notes each statement's plan instead of running it. */
class Plans extends Sql {
  readonly seen: string[] = [];

  override all<Row>(text: string, params: readonly Param[] = []): Row[] {
    const steps = super.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, params);
    this.seen.push(...steps.map(({ detail }) => detail));
    return [];
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  override get<Row>(text: string, params: readonly Param[] = []): Row | undefined {
    this.all(text, params);
    return undefined;
  }
}

/** The same, where each row that is asked for is there. */
class FindingPlans extends Plans {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  override get<Row>(text: string, params: readonly Param[] = []): Row {
    super.get(text, params);
    const json = { pins: '[]', extraAptSources: '[]', job: '{}', tests: null };
    return { runId: 1, endedAt: '2026-01-01T00:00:00.000Z', status: 'fail', ...json } as Row;
  }
}

const target = { package: 'hello', suite: 'unstable', arch: 'amd64' };
const before = { endedAt: '2026-01-01T00:00:00.000Z', runId: 1 };
const asOf = '2026-01-15T12:00:00.000Z';
const limit = 10;
const { suite, arch } = target;

/** Each query, and a scan that it may do: of something small by nature (open runs, names, workers), or cut off by the limit. */
const queries: Record<string, [(sql: Sql) => unknown, RegExp?]> = {
  'a run': [(sql) => new RunQueries(sql).byId(1)],
  'the backend of a package': [(sql) => new BackendQueries(sql).of('hello')],
  'packages with a backend of their own': [(sql) => new BackendQueries(sql).all(), /^SCAN packageBackend$/],
  history: [(sql) => new RunQueries(sql).history(target, { limit })],
  'history, a later page': [(sql) => new RunQueries(sql).history(target, { limit, before })],
  'several histories': [(sql) => new RunQueries(sql).histories([target], { limit }), /^SCAN t VIRTUAL TABLE/],
  'newest runs': [(sql) => new RunQueries(sql).newest({ limit, before })],
  'the queue': [(sql) => new RunQueries(sql).queue({ limit }), /^SCAN r USING INDEX run_open$/],
  'the queue of a package': [
    (sql) => new RunQueries(sql).queue({ ...target, limit }),
    /^USE TEMP B-TREE FOR ORDER BY$/,
  ],
  'queue counts': [
    (sql) => new RunQueries(sql).queueCounts(),
    /^SCAN run USING COVERING INDEX run_open$|^USE TEMP B-TREE FOR GROUP BY$/,
  ],
  'runs of these properties': [
    (sql) => new RunQueries(sql).search({ suite, status: 'fail', limit, before }),
    /^SCAN w$/,
  ],
  'runs of a package': [
    (sql) => new RunQueries(sql).search({ package: 'hello', suite, limit, before }),
    /^SCAN w$|^USE TEMP B-TREE FOR ORDER BY$/,
  ],
  'summaries of runs': [(sql) => new RunQueries(sql).summaries([1, 2]), /^SCAN j VIRTUAL TABLE/],
  'the status before a run': [
    (sql) => new RunQueries(sql).previousStatus({ ...target, ...before } as unknown as RunSummary),
  ],
  'package names': [(sql) => new PackageQueries(sql).names({ limit, after: 'h' })],
  'package names of a prefix': [(sql) => new PackageQueries(sql).names({ prefix: 'h', limit })],
  'changes of statuses': [(sql) => new PackageQueries(sql).statusChanges('1' as Position, '2' as Position)],
  'runs of a worker': [(sql) => new RunQueries(sql).runningOn('w')],
  'a matrix': [(sql) => new PackageQueries(sql).matrix('hello')],
  'statuses of a platform': [(sql) => new PackageQueries(sql).statuses({ suite, arch }, { limit, after: target })],
  'statuses of a kind': [(sql) => new PackageQueries(sql).statuses({ suite, arch, status: 'fail' }, { limit })],
  'statuses of a kind everywhere': [(sql) => new PackageQueries(sql).statuses({ status: 'fail' }, { limit })],
  'all statuses': [
    (sql) => new PackageQueries(sql).statuses({}, { limit }),
    /^SCAN s USING INDEX packageStatus_platform$/,
  ],
  'a prefix': [(sql) => new PackageQueries(sql).withPrefix('libx'), /^USE TEMP B-TREE FOR (GROUP|ORDER) BY$/],
  news: [(sql) => new PackageQueries(sql).news({ limit, before })],
  'news of a package': [(sql) => new PackageQueries(sql).news({ package: 'hello', limit, before })],
  search: [(sql) => new PackageQueries(sql).search('xml', limit), /^SCAN package/],
  'the record of a status': [(sql) => new RecordQueries(sql).latest(target)],
  'records of a platform': [(sql) => [...new RecordQueries(sql).platform(suite, arch)]],
  'records of a history': [(sql) => [...new RecordQueries(sql).history(target)]],
  'slow ones': [
    (sql) => new PackageQueries(sql).statuses({ minDurationSeconds: 3600 }, { limit }),
    /^SCAN s USING INDEX packageStatus_slow$/,
  ],
  'slow ones of a platform': [
    (sql) => new PackageQueries(sql).statuses({ suite, arch, minDurationSeconds: 3600 }, { limit, after: target }),
  ],
  alerts: [
    (sql) => new PackageQueries(sql).statuses({ brokenAfter: '2026-01-01' }, { limit }),
    /^SCAN s USING INDEX packageStatus_broken$/,
  ],
  'alerts of a suite': [(sql) => new PackageQueries(sql).statuses({ suite, brokenAfter: '2026-01-01' }, { limit })],
  'platform-specific issues': [
    (sql) => new IssueQueries(sql).platformSpecific({}, { limit }),
    /^SCAN suitePackage USING COVERING INDEX suitePackage_differs$/,
  ],
  'platform-specific issues of a suite': [(sql) => new IssueQueries(sql).platformSpecific({ suite }, { limit })],
  'flaky packages': [
    (sql) => new FlakyQueries(sql).packages({}, { limit }),
    /^SCAN flip USING (COVERING )?INDEX flip_package$/,
  ],
  'flaky packages of a platform': [(sql) => new FlakyQueries(sql).packages({ suite, arch }, { limit, after: target })],
  'flips of a package': [(sql) => new FlakyQueries(sql).flips(target, { limit, before })],
  'latency of a platform': [(sql) => new LatencyQueries(sql).days(suite, arch, '2026-01-01', '2026-12-31')],
  'an API key': [(sql) => new ApiKeyQueries(sql).byHash('a'.repeat(64))],
  'the API keys of a user': [(sql) => new ApiKeyQueries(sql).ofUser('alice')],
  'a status of the past': [(sql) => new Past(sql, asOf).status(target)],
  'statuses of the past': [
    (sql) => new PackageQueries(sql).statuses({}, { limit, asOf }),
    /^SCAN s USING (COVERING )?INDEX packageStatus_platform$/,
  ],
  'statuses of a past platform': [
    (sql) => new PackageQueries(sql).statuses({ suite, arch }, { limit, asOf, after: target }),
  ],
  'history of the past': [(sql) => new RunQueries(sql).history(target, { limit, asOf })],
  'newest runs of the past': [(sql) => new RunQueries(sql).newest({ limit, asOf })],
  'news of the past': [(sql) => new PackageQueries(sql).news({ limit, asOf })],
  'counts of the past': [
    (sql) => new CountQueries(sql, new RunQueries(sql)).platforms(asOf),
    // The daily counts are few; the rest is a day of runs.
    /^SCAN daily|^USE TEMP B-TREE FOR (GROUP|ORDER) BY$/,
  ],
  'issues of a past suite': [(sql) => new IssueQueries(sql).platformSpecific({ suite }, { limit, asOf })],
  'days of a platform': [
    (sql) => new CountQueries(sql, new RunQueries(sql)).days(suite, arch, '2026-01-01', '2026-12-31'),
    /^USE TEMP B-TREE FOR GROUP BY$/,
  ],
};

describe('the plan of', () => {
  it.each(Object.entries(queries))('%s goes by an index and sorts nothing large', (_, [query, allowed = /^never$/]) => {
    const db = openForWriting(readModelPath());
    const sql = new FindingPlans(db);
    query(sql);
    const wasteful = sql.seen.filter((step) => /^SCAN|TEMP B-TREE/.test(step) && !allowed.test(step));
    expect(wasteful).toEqual([]);
    expect(sql.seen).not.toEqual([]);
    db.close();
  });

  it('history and news seek to their page', () => {
    const db = openForWriting(readModelPath());
    const sql = new Plans(db);
    new RunQueries(sql).history(target, { limit, before });
    new PackageQueries(sql).news({ package: 'hello', limit, before });
    expect(sql.seen[0]).toContain('package=? AND suite=? AND arch=? AND endedAt>? AND endedAt<?');
    expect(sql.seen[1]).toContain('package=? AND endedAt<?');
    db.close();
  });
});
