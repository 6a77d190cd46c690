import { packagePrefix } from '../domain/job.js';
import type { EventStore, Position } from '../domain/ports/event-store.js';
import type { ReadModel } from '../projections/read-model.js';
import type { RunState } from '../projections/runs.js';
import type { Target } from '../projections/views.js';
import type { PageRef } from './site.js';
import { STATUS_LISTS, type StatusList } from './status-lists.js';

/** A run that an event was about. `hidden`: 1 for a private one. */
export type TouchedRun = Target & { readonly hidden: number; readonly state: RunState };

/** The reject list is no result: its page is made when it is asked for. */
const KEPT_LISTS: readonly StatusList[] = STATUS_LISTS.filter((list) => list !== 'reject_list');
/** What a run is on before it has ended. */
const QUEUE_LISTS: readonly StatusList[] = ['pending', 'queue', 'workers'];

function listRefs(lists: readonly StatusList[]): PageRef[] {
  return lists.map((list) => ({ kind: 'status-list', list }));
}

/** The pages that show a run. None show a private one; but its worker was heard of. */
export function pagesOfRun({ package: name, suite, arch, hidden, state }: TouchedRun): PageRef[] {
  if (hidden === 1) return listRefs(['workers']);
  return [
    { kind: 'history', package: name, suite, arch },
    { kind: 'package', package: name },
    { kind: 'prefix', prefix: packagePrefix(name) },
    { kind: 'home' },
    { kind: 'status' },
    ...listRefs(state === 'finished' ? KEPT_LISTS : QUEUE_LISTS),
  ];
}

/** Whether an event says that an archive has a package no more, or again: its status goes from the lists, or comes back. */
export function isMark(type: string): boolean {
  return type === 'PackageRemoved' || type === 'PackageReturned';
}

/** What such an event touches: what a result would. */
export function markOf({ package: name, suite, arch }: Target): TouchedRun {
  return { package: name, suite, arch, hidden: 0, state: 'finished' };
}

/** The pages that show what the log holds after a position; the same page may come often. */
export async function* pagesTouchedAfter(
  after: Position,
  store: Pick<EventStore, 'readAll'>,
  readModel: ReadModel,
): AsyncGenerator<PageRef> {
  for await (const { type, data } of store.readAll({ after, filter: { streamPrefixes: ['test-', 'package-'] } })) {
    if (isMark(type)) yield* pagesOfRun(markOf(data as Target));
    const run = 'runId' in data ? readModel.runs.byId(data.runId as number) : null;
    if (run) yield* pagesOfRun({ ...run, hidden: 0 });
  }
}

/** Every page of the site, package by package, in little memory. */
export function* allPages({ packages }: ReadModel): Generator<PageRef> {
  yield { kind: 'home' };
  yield { kind: 'status' };
  yield* listRefs(KEPT_LISTS);
  for (const { prefix } of packages.prefixes()) {
    yield { kind: 'prefix', prefix };
    for (const { name } of packages.withPrefix(prefix)) {
      yield { kind: 'package', package: name };
      for (const target of packages.targets(name)) yield { kind: 'history', ...target };
    }
  }
}
