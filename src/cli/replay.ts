import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asOf, parseAsOf } from '../domain/as-of.js';
import { DebciError, InvalidInputError } from '../domain/errors.js';
import type { EventStore } from '../domain/ports/event-store.js';
import type { Difference } from '../projections/difference.js';
import { replayAll, replayProjection, verify, type ReplayOptions } from '../projections/replay.js';
import type { Rebuilt, Until } from '../projections/rebuild.js';
import type { Instance } from './compose/instance.js';
import { renderInto, replacePages, replayInto, replayOptions } from './compose/replay-service.js';
import { safeLines } from './output.js';
import { eventsUpTo, typedPosition } from './positions.js';
import { watch, type Watched } from './watch.js';

/** The read model is not what the log makes. */
class ReadModelDiffersError extends DebciError {
  readonly code = 'E_READ_MODEL_DIFFERS';
}

/** `42`: a position; else a date or time. */
function parseUntil(text: string): Until {
  const position = typedPosition(text);
  if (position !== null) return { position };
  const time = parseAsOf(text);
  if (time !== null) return { time };
  throw new InvalidInputError([
    { field: '--until', value: text, allowed: `a position in the log, or ${asOf.allowed}` },
  ]);
}

function newFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  if (readdirSync(path).length === 0) return path;
  throw new InvalidInputError([{ field: '--output', value: path, allowed: 'a new or an empty folder' }]);
}

/** It was empty before: half a past is no use, and in the way of the next try. */
function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

function tell({ table, key, live, rebuilt }: Difference): string {
  const show = (row: object | null): string => (row === null ? 'no such row' : JSON.stringify(row));
  return safeLines(
    `${table} ${JSON.stringify(key)} differs\n  in use:        ${show(live)}\n  from the log:  ${show(rebuilt)}`,
  );
}

/** What was replayed and rendered, and how long it took. */
export interface Done {
  readonly events: number;
  /** Null: the log was empty. */
  readonly position: string | null;
  readonly replaySeconds: number;
  readonly pages?: number;
  readonly renderSeconds?: number;
}

/** What is replayed, and how that is shown. */
export interface Task {
  readonly instance: Instance;
  readonly store: EventStore;
  readonly signal: AbortSignal;
  readonly silent: boolean;
}

/** What is to be replayed (the flags of `debci replay`). */
export interface What {
  readonly verify: boolean;
  readonly output?: string | undefined;
  readonly until?: string | undefined;
  readonly projection?: string | undefined;
}

/** @returns what was done, in words and in numbers */
export async function replayAs({ verify, output, until, projection }: What, task: Task): Promise<[string, Done]> {
  if (verify) return ['the read model in use is what the log makes', await verified(task, projection)];
  if (output !== undefined) return [`read model and pages are in ${output}`, await intoFolder(task, output, until)];
  if (projection === undefined) return ['the new read model and the new pages are in use', await all(task)];
  const replayed = await events(task, (options) => replayProjection(options, projection));
  return [`the tables of ${projection} are new`, done(replayed)];
}

async function timed<Result>(
  { silent, signal }: Task,
  label: string,
  total: number | undefined,
  work: (watched: Watched) => Promise<Result>,
): Promise<Timed<Result>> {
  const begun = performance.now();
  const result = await watch({ label, silent, signal, total }, work);
  return { result, seconds: (performance.now() - begun) / 1000 };
}

interface Timed<Result> {
  readonly result: Result;
  readonly seconds: number;
}

async function events<Result>(task: Task, work: (options: ReplayOptions) => Promise<Result>): Promise<Timed<Result>> {
  const { instance, store } = task;
  const total = eventsUpTo(await store.lastPosition());
  return timed(task, 'Replaying the log', total, (watched) => work(replayOptions(instance, store, watched)));
}

function pages(task: Task, work: (watched: Watched) => Promise<number>): Promise<Timed<number>> {
  return timed(task, 'Rendering pages', undefined, work);
}

/** Renders all pages of the read model in use. @returns how many, and how long it took */
export async function renderPages(task: Task): Promise<{ pages: number; seconds: number }> {
  const { result, seconds } = await pages(task, (watched) => replacePages(task.instance, task.store, watched));
  return { pages: result, seconds };
}

function done(replayed: Timed<Rebuilt>, rendered?: Timed<number>): Done {
  const { result, seconds } = replayed;
  return {
    events: result.events,
    position: result.position,
    replaySeconds: seconds,
    ...(rendered && { pages: rendered.result, renderSeconds: rendered.seconds }),
  };
}

async function all(task: Task): Promise<Done> {
  const replayed = await events(task, replayAll);
  return done(replayed, await pages(task, (watched) => replacePages(task.instance, task.store, watched)));
}

async function verified(task: Task, projection: string | undefined): Promise<Done> {
  const replayed = await events(task, (options) => verify(options, projection));
  const { difference } = replayed.result;
  if (difference) throw new ReadModelDiffersError(tell(difference));
  return done(replayed);
}

async function intoFolder(task: Task, output: string, until: string | undefined): Promise<Done> {
  const end = until === undefined ? undefined : parseUntil(until);
  const folder = newFolder(output);
  try {
    const replayed = await events(task, (options) => replayInto(folder, options, end));
    return done(replayed, await pages(task, (watched) => renderInto(folder, task.instance, watched)));
  } catch (error) {
    empty(folder);
    throw error;
  }
}
