import { setTimeout } from 'node:timers/promises';
import { NoServerError, type GraphqlClient } from './graphql-client.js';

export interface WatchFilter {
  readonly package?: string;
  readonly suite?: string;
  readonly arch?: string;
  readonly status?: string;
}

/** A result, as it came in. */
export interface WatchedResult {
  readonly position: string;
  readonly time: string;
  readonly test: {
    readonly runId: number;
    readonly package: string;
    readonly suite: string;
    readonly arch: string;
    readonly status: string | null;
    readonly previousStatus: string | null;
    readonly version: string | null;
    readonly durationSeconds: number | null;
    readonly trigger: string | null;
    readonly requestor: string | null;
    readonly worker: string | null;
    readonly endedAt: string | null;
  };
}

const RESULTS = `subscription Watch($filter: TestUpdateFilter, $after: Position) {
  testUpdates(filter: $filter, after: $after) {
    position time
    test {
      runId package suite arch status previousStatus version durationSeconds trigger requestor worker endedAt
    }
  }
}`;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export interface Watching {
  readonly client: GraphqlClient;
  readonly filter: WatchFilter;
  /** Called when the connection is lost, before it is tried again. */
  readonly onLoss: (error: NoServerError) => void;
}

/**
 * The results that come in from now on, until the signal aborts. A connection that breaks is made again, and goes on
 * after the last result that came: none is lost, none comes twice.
 * @throws NoServerError where the server cannot be reached at first; what it refuses
 */
export async function* watchTests(
  { client, filter, onLoss }: Watching,
  signal: AbortSignal,
): AsyncGenerator<WatchedResult> {
  let { position: after } = await client.query<{ position: string | null }>('{ position }', signal);
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const variables = { filter: { ...filter, happenings: ['finished'] }, after };
      for await (const { testUpdates } of client.subscribe<{ testUpdates: WatchedResult }>(
        RESULTS,
        variables,
        signal,
      )) {
        pause = FIRST_PAUSE_MS;
        after = testUpdates.position;
        yield testUpdates;
      }
    } catch (error) {
      if (isAborted(signal)) return;
      if (!(error instanceof NoServerError)) throw error;
      if (pause === FIRST_PAUSE_MS) onLoss(error);
    }
    await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/** Asked anew: what was false before a wait may be true after it. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
