import type { Job } from '../domain/job.js';
import type { Position } from '../domain/ports/event-store.js';
import type { RunKey } from '../domain/ports/artifact-store.js';
import type { JobIndex, OpenJob } from '../domain/ports/job-index.js';
import { BackendQueries } from './backend-queries.js';
import { FollowedFile } from './followed-file.js';
import { inParts } from './parts.js';
import type { Projector } from './projector.js';
import { IN_ARCHIVE } from './removals.js';
import { Sql } from './sql.js';

interface OpenRow {
  readonly runId: number;
  readonly priority: number;
  readonly job: string;
  readonly attempt: number;
  readonly worker: string | null;
}

interface EndedRow extends RunKey {
  readonly endedAt: string;
}

/** So many rows are read at once. */
const ROWS_AT_ONCE = 500;

/** The collector's questions, answered by the read model. */
export class ProjectedJobIndex implements JobIndex {
  readonly #sql: Sql;
  readonly #backends: BackendQueries;

  /** @param path of the read model that the projector writes. */
  constructor(
    path: string,
    private readonly projector: Pick<Projector, 'reached'>,
  ) {
    this.#sql = new Sql(new FollowedFile(path));
    this.#backends = new BackendQueries(this.#sql);
  }

  reached(position: Position): Promise<void> {
    return this.projector.reached(position);
  }

  nextRunId(): number {
    return (this.#sql.get<{ last: number | null }>('SELECT MAX(runId) AS last FROM run')?.last ?? 0) + 1;
  }

  runsOfRequest(requestId: string): ReadonlyMap<number, number> {
    const rows = this.#sql.all<{ requestIndex: number; runId: number }>(
      'SELECT requestIndex, runId FROM run INDEXED BY run_request WHERE requestId = ? ORDER BY requestIndex, runId DESC',
      [requestId],
    );
    return new Map(rows.map(({ requestIndex, runId }) => [requestIndex, runId]));
  }

  /** By priority, then oldest first. Jobs that come or end while the caller goes through may be in it or not. */
  *openJobs(): Generator<OpenJob> {
    for (const rows of inParts<OpenRow>((last) => this.#openJobsAfter(last ?? { priority: Infinity, runId: 0 }))) {
      for (const { job, attempt, worker } of rows) yield { job: JSON.parse(job) as Job, attempt, worker };
    }
  }

  packageBackend(name: string): string | null {
    return this.#backends.of(name);
  }

  /** Oldest first. Runs that lose their files while the caller goes through may be in it or not. */
  *runsWithOldFiles(endedBefore: string): Generator<RunKey> {
    const first = { endedAt: '', runId: 0 };
    for (const rows of inParts<EndedRow>((last) => this.#oldFilesAfter(last ?? first, endedBefore))) {
      for (const { runId, package: name, suite, arch } of rows) yield { runId, package: name, suite, arch };
    }
  }

  close(): void {
    this.#sql.close();
  }

  #openJobsAfter({ priority, runId }: Pick<OpenRow, 'priority' | 'runId'>): OpenRow[] {
    return this.#sql.all<OpenRow>(
      `SELECT runId, priority, job, attempt, worker FROM run INDEXED BY run_open
       WHERE endedAt IS NULL AND (priority < ? OR (priority = ? AND runId > ?))
       ORDER BY priority DESC, runId LIMIT ?`,
      [priority, priority, runId, ROWS_AT_ONCE],
    );
  }

  #oldFilesAfter({ endedAt, runId }: Pick<EndedRow, 'endedAt' | 'runId'>, endedBefore: string): EndedRow[] {
    return this.#sql.all<EndedRow>(
      `SELECT runId, package, suite, arch, endedAt FROM run r INDEXED BY run_files
       WHERE logBytes > 0 AND purgedAt IS NULL AND (endedAt, runId) > (?, ?) AND endedAt < ?
         AND NOT EXISTS (SELECT 1 FROM packageStatus s WHERE s.package = r.package AND s.suite = r.suite
           AND s.arch = r.arch AND s.runId = r.runId AND ${IN_ARCHIVE})
       ORDER BY endedAt, runId LIMIT ?`,
      [endedAt, runId, endedBefore, ROWS_AT_ONCE],
    );
  }
}
