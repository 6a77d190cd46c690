import DataLoader from 'dataloader';
import type { CallerRequests } from '../application/caller-requests.js';
import type { Caller } from '../application/callers.js';
import type { EventStore } from '../domain/ports/event-store.js';
import type { RejectList } from '../domain/ports/reject-list.js';
import type { ReadModelProgress } from '../projections/progress.js';
import type { ReadModel } from '../projections/read-model.js';
import type { DateCursor, Page, PackageStatus, RunDetails, RunSummary, Target, Viewer } from '../projections/views.js';
import type { Subscribers } from './live/subscribers.js';

/** What the schema stands on, for as long as the server runs. */
export interface GraphqlParts {
  readonly readModel: ReadModel;
  /** Only followed, never written. */
  readonly log: Pick<EventStore, 'subscribe' | 'lastPosition'>;
  readonly progress: ReadModelProgress;
  readonly rejectList: RejectList;
  readonly requests: CallerRequests;
  readonly subscribers: Subscribers;
}

/** What every resolver gets: of one operation, by one caller. */
export interface GraphContext extends GraphqlParts {
  /** Null: nobody that we know. */
  readonly caller: Caller | null;
  /** Whose private runs are seen. */
  readonly viewer: Viewer;
  readonly load: Loaders;
}

/** `asOf` absent: now. */
interface MatrixKey {
  readonly name: string;
  readonly asOf?: string;
}

interface HistoryKey extends Target {
  readonly asOf?: string;
  readonly limit: number;
}

/** What fans out within one query is asked for together. */
export interface Loaders {
  readonly details: DataLoader<number, RunDetails | null>;
  readonly matrix: DataLoader<MatrixKey, readonly PackageStatus[], string>;
  readonly history: DataLoader<HistoryKey, Page<RunSummary, DateCursor>, string>;
}

function loaders(readModel: ReadModel, viewer: Viewer): Loaders {
  const { runs, packages } = readModel;
  return {
    details: new DataLoader((ids) =>
      Promise.resolve(readModel.snapshot(() => ids.map((runId) => runs.byId(runId, viewer)))),
    ),
    matrix: new DataLoader(
      (keys) => Promise.resolve(readModel.snapshot(() => keys.map(({ name, asOf }) => packages.matrix(name, asOf)))),
      { cacheKeyFn: ({ name, asOf = '' }) => `${name} ${asOf}` },
    ),
    history: new DataLoader((keys) => Promise.resolve(readModel.snapshot(() => historiesOf(readModel, keys, viewer))), {
      cacheKeyFn: (key) => `${key.package} ${key.suite} ${key.arch} ${part(key)}`,
    }),
  };
}

/** How much of a history is wanted, and of when: one query nearly always wants the same of all. */
function part({ limit, asOf = '' }: HistoryKey): string {
  return `${limit} ${asOf}`;
}

function historiesOf(
  { runs }: ReadModel,
  keys: readonly HistoryKey[],
  viewer: Viewer,
): readonly Page<RunSummary, DateCursor>[] {
  const pages = new Map<HistoryKey, Page<RunSummary, DateCursor>>();
  for (const kind of new Set(keys.map(part))) {
    const alike = keys.filter((key) => part(key) === kind);
    const [{ limit, asOf }] = alike as [HistoryKey];
    const found = runs.histories(alike, { limit, viewer, ...(asOf !== undefined && { asOf }) });
    for (const [index, key] of alike.entries()) pages.set(key, found[index] ?? { items: [], next: null });
  }
  return keys.map((key) => pages.get(key) ?? { items: [], next: null });
}

/** The context of one operation. */
export function contextFor(parts: GraphqlParts, caller: Caller | null): GraphContext {
  const viewer = caller?.user ?? null;
  return { ...parts, caller, viewer, load: loaders(parts.readModel, viewer) };
}
