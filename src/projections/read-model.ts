import type { Position } from '../domain/ports/event-store.js';
import { ApiKeyQueries } from './api-key-queries.js';
import { BackendQueries } from './backend-queries.js';
import { CountQueries } from './count-queries.js';
import { FlakyQueries } from './flaky-queries.js';
import { FollowedFile } from './followed-file.js';
import { IssueQueries } from './issue-queries.js';
import { LatencyQueries } from './latency-queries.js';
import { MetricQueries } from './metric-queries.js';
import { PackageQueries } from './package-queries.js';
import { RecordQueries } from './record-queries.js';
import { RunQueries } from './run-queries.js';
import { Sql } from './sql.js';

/** All that readers (CLI, pages, GraphQL) may ask. Lists come in pages, each answered from an index. */
export interface ReadModel {
  readonly runs: RunQueries;
  readonly packages: PackageQueries;
  readonly counts: CountQueries;
  readonly records: RecordQueries;
  readonly metrics: MetricQueries;
  readonly latency: LatencyQueries;
  readonly flaky: FlakyQueries;
  readonly issues: IssueQueries;
  readonly apiKeys: ApiKeyQueries;
  readonly backends: BackendQueries;
  /** The place in the log up to which the answers hold; null: the log's beginning. */
  position(): Position | null;
  /** All queries inside see the same state. */
  snapshot<Result>(read: () => Result): Result;
  close(): void;
}

/**
 * Opens the read model beside whoever writes it, in this process or another. When another file takes its place, the next
 * question goes to that.
 * @throws ReadModelUnavailableError where there is none (of this schema).
 */
export function openReadModel(path: string): ReadModel {
  const readModel = awaitReadModel(path);
  try {
    readModel.position();
    return readModel;
  } catch (error) {
    readModel.close();
    throw error;
  }
}

/** The same before there is one: until then, questions throw ReadModelUnavailableError. */
export function awaitReadModel(path: string): ReadModel {
  const sql = new Sql(new FollowedFile(path));
  const runs = new RunQueries(sql);
  return {
    runs,
    packages: new PackageQueries(sql),
    counts: new CountQueries(sql, runs),
    records: new RecordQueries(sql),
    metrics: new MetricQueries(sql),
    latency: new LatencyQueries(sql),
    flaky: new FlakyQueries(sql),
    issues: new IssueQueries(sql),
    apiKeys: new ApiKeyQueries(sql),
    backends: new BackendQueries(sql),
    position: () => sql.get<{ position: Position }>('SELECT position FROM checkpoint')?.position ?? null,
    snapshot: (read) => sql.snapshot(read),
    close: () => {
      sql.close();
    },
  };
}
