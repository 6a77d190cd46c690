import { InvalidInputError, UnreadableEventError } from '../../domain/errors.js';
import { isAboutRun, type TestRunEvent } from '../../domain/events.js';
import type { EventBatch, Position, RecordedEvent } from '../../domain/ports/event-store.js';
import { upcast } from '../../domain/upcast.js';
import type { Status } from '../../domain/verdict.js';
import type { Target } from '../../projections/views.js';
import type { GraphContext } from '../context.js';
import { HAPPENINGS, type Happening, type PackageStatusUpdateView, type TestUpdateView } from '../types/updates.js';
import { Flattened } from './flattened.js';

export interface UpdatesFilter extends Partial<Target> {
  /** Only results (or new statuses) of this kind. */
  readonly status?: Status;
  readonly happenings?: readonly Happening[];
}

type Batches = EventBatch & { readonly position: Position };

/** Where a subscription begins: after the place that the caller names, or with what happens from now on. */
async function begin({ log }: GraphContext, after: string | null | undefined): Promise<Position | null> {
  const last = await log.lastPosition();
  if (after == null) return last;
  if (last !== null && after <= last) return after as Position;
  throw new InvalidInputError([{ field: 'after', value: after, allowed: 'a position that this log gave' }]);
}

/**
 * Follows the log from a place on. What happened is told only when it is in the read model too, which may lag behind.
 * The end of the subscription, from whatever side, gives everything back.
 */
function follow<Item>(
  { log, progress, subscribers }: GraphContext,
  after: Position | null,
  types: readonly string[],
  itemsOf: (batch: Batches) => readonly Item[],
): AsyncIterableIterator<Item> {
  const end = subscribers.enter();
  const batches = log.subscribe({ after: after ?? 'start', filter: { types }, signal: end.signal });
  return new Flattened(
    batches,
    async (batch, signal) => {
      const { events, position } = batch;
      if (events.length === 0 || position === null) return [];
      await progress.reached(position, signal);
      return signal.aborted ? [] : itemsOf({ ...batch, position });
    },
    end,
  );
}

function isIn(place: Target, filter: Partial<Target>): boolean {
  return (
    (filter.package ?? place.package) === place.package &&
    (filter.suite ?? place.suite) === place.suite &&
    (filter.arch ?? place.arch) === place.arch
  );
}

function eventOf(recorded: RecordedEvent): TestRunEvent {
  const event = upcast(recorded);
  if (isAboutRun(event)) return event;
  throw new UnreadableEventError(`${event.type} in a run's stream`);
}

/** The types of event that can pass the filter. */
function typesFor({ status, happenings }: UpdatesFilter): string[] {
  return Object.entries(HAPPENINGS)
    .filter(([, happening]) => happenings?.includes(happening) ?? true)
    .map(([type]) => type)
    .filter((type) => status === undefined || type === 'TestFinished');
}

/** What happens to the runs that the viewer may see. */
export async function testUpdates(
  context: GraphContext,
  filter: UpdatesFilter,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<TestUpdateView>> {
  const { readModel, viewer } = context;
  return follow(context, await begin(context, after), typesFor(filter), ({ events }) => {
    const known = events.map((recorded) => ({ recorded, event: eventOf(recorded) }));
    const runs = readModel.runs.summaries([...new Set(known.map(({ event }) => event.data.runId))], viewer);
    return known.flatMap(({ recorded: { position, time }, event }) => {
      const test = runs.get(event.data.runId);
      if (!test || !isIn(test, filter)) return [];
      if (filter.status !== undefined && event.type === 'TestFinished' && event.data.status !== filter.status)
        return [];
      return [{ position, time, happening: HAPPENINGS[event.type], test }];
    });
  });
}

/** What makes a run count for its package's status. */
const STATUS_TYPES = ['TestFinished', 'TestPublished'];

/** When packages' statuses become others. */
export async function packageStatusChanges(
  context: GraphContext,
  filter: UpdatesFilter,
  after: string | null | undefined,
): Promise<AsyncIterableIterator<PackageStatusUpdateView>> {
  const { packages, runs } = context.readModel;
  let told = await begin(context, after);
  return follow(context, told, STATUS_TYPES, ({ position }) => {
    const changes = packages.statusChanges(told, position);
    told = position;
    const wanted = changes.filter(
      (change) => isIn(change, filter) && (filter.status ?? change.status) === change.status,
    );
    const tests = runs.summaries(wanted.map(({ runId }) => runId));
    return wanted.flatMap((change) => {
      const test = tests.get(change.runId);
      return test ? [{ ...change, test }] : [];
    });
  });
}
