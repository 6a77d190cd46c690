import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readStoredLog } from '../../../src/adapters/files/stored-log.js';
import type { RecordedDomainEvent } from '../../../src/application/event-log.js';
import { runFolder, type Job } from '../../../src/domain/job.js';
import { MAX_ATTEMPTS, testStream } from '../../../src/domain/test-run.js';
import type { Fleet } from './fleet.js';
import type { LogWatch } from './log-watch.js';
import type { Submitter } from './submitter.js';

type Streams = LogWatch['streams'];
type Finished = Extract<RecordedDomainEvent, { type: 'TestFinished' }>;

const typesOf = (events: readonly RecordedDomainEvent[]): string[] => events.map(({ type }) => type);

function jobOf(events: readonly RecordedDomainEvent[]): Job {
  const [first] = events;
  if (first?.type !== 'TestEnqueued') throw new Error(`a stream begins with ${first?.type}`);
  return first.data;
}

/** The end by a worker's result; undefined: cancelled, or given up because its workers were lost. */
function resultOf(events: readonly RecordedDomainEvent[]): Finished | undefined {
  const finished = events.find((event): event is Finished => event.type === 'TestFinished');
  const lost = events.filter(({ type }) => type === 'TestAbandoned').length;
  return lost === MAX_ATTEMPTS && finished?.data.message.startsWith('worker lost') ? undefined : finished;
}

/** Each job that is in the log has ended once, and nothing was begun after that. */
export function everyJobEndedOnce(streams: Streams): void {
  for (const [stream, events] of streams) {
    const types = typesOf(events);
    const ends = types.filter((type) => type === 'TestFinished' || type === 'TestCancelled');
    expect(ends, `${stream}: ${types.join(' ')}`).toHaveLength(1);
    expect(types.lastIndexOf('TestEnqueued'), stream).toBe(0);
    const after = types.slice(types.indexOf(ends[0]!) + 1).filter((type) => type !== 'TestResultIgnored');
    expect(after, stream).toEqual([]);
  }
}

/** What users were told is in the log, and nothing was done twice of what they asked for once. */
export function usersWereToldTheTruth(streams: Streams, { enqueued, cancelled, retried }: Submitter): void {
  const jobs = [...streams.values()].map(jobOf);
  for (const { trigger, answer } of enqueued) {
    const made = jobs.filter((job) => job.trigger === trigger && job.origin.kind === 'cli');
    expect(new Set(made.map((job) => job.package)).size, trigger).toBe(made.length);
    if (answer === null) continue;
    const told = answer.map(({ runId, package: name }) => `${runId} ${name}`);
    expect(made.map((job) => `${job.runId} ${job.package}`).sort(), trigger).toEqual(told.sort());
  }
  for (const { runId, changed } of cancelled) {
    const types = typesOf(streams.get(testStream(runId)) ?? []);
    if (changed) expect(types, testStream(runId)).toContain('TestCancelled');
  }
  for (const { of, runId } of retried) {
    expect(jobOf(streams.get(testStream(runId)) ?? []).origin).toEqual({ kind: 'retry', of });
  }
}

/** Each result is the one that was ordered, with its files whole; and there are no others. */
export async function everyFileIsThere(streams: Streams, fleet: Fleet, { enqueued }: Submitter): Promise<void> {
  const orders = new Map(enqueued.map((call) => [call.trigger, call.orders]));
  const folders: string[] = [];
  for (const events of streams.values()) {
    const job = jobOf(events);
    const result = resultOf(events);
    if (result === undefined) continue;
    const { exit, artifactsBytes } = orders.get(job.trigger ?? '')!;
    expect(result.data.exitCode, testStream(job.runId)).toBe(exit);
    const size = (file: string): number => statSync(join(fleet.dataDir, runFolder(job), file)).size;
    expect(size('log.gz'), testStream(job.runId)).toBe(result.data.logBytes);
    expect(size('artifacts.tar.gz'), testStream(job.runId)).toBe(result.data.artifactsBytes);
    expect(result.data.artifactsBytes).toBeGreaterThan(artifactsBytes);
    expect(await textOf(fleet.dataDir, job)).toContain(`command line: autopkgtest ${job.package} -- fake`);
    folders.push(runFolder(job));
  }
  expect(runFolders(fleet.dataDir)).toEqual(folders.sort());
}

async function textOf(dataDir: string, job: Job): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readStoredLog(dataDir, job) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function runFolders(dataDir: string): string[] {
  const files = readdirSync(join(dataDir, 'autopkgtest'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('/log.gz'))
    .map((file) => join('autopkgtest', file, '..'))
    .sort();
}

function whole(files: readonly string[]): string[] {
  return files.filter((file) => !file.startsWith('.tmp-'));
}

/** Nothing waits on a disk that should have gone on. What a kill left half-written goes an hour later. */
export function nothingIsLeftOver(fleet: Fleet): void {
  const below = (dir: string, name: string): string[] => {
    const folder = join(dir, 'state', name);
    return existsSync(folder) ? whole(readdirSync(folder)).map((file) => join(name, file)) : [];
  };
  expect(fleet.workerDirs.flatMap((dir) => ['spool', 'workspaces'].flatMap((name) => below(dir, name)))).toEqual([]);
  expect(['parts', 'staging', 'quarantine'].flatMap((name) => below(fleet.dataDir, name))).toEqual([]);
}
