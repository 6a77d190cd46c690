import type { Job } from './job.js';
import type { Status } from './verdict.js';

/**
 * Everything that ever happens. Events are facts: written once, never changed.
 * A change of a shape here is a new schema version and an upcaster in upcast.ts.
 */

/** One test of a suite, from autopkgtest's summary. */
export interface TestCase {
  readonly name: string;
  /** As autopkgtest writes it: PASS, FAIL, SKIP, FLAKY. */
  readonly result: string;
  /** What stands behind the result in the summary ("stderr: …", "badpkg", a restriction), or null. */
  readonly detail: string | null;
}

export interface TestEnqueued {
  readonly type: 'TestEnqueued';
  readonly data: Job;
}

/** A worker took the job. Debian's own workers do not say so. */
export interface TestStarted {
  readonly type: 'TestStarted';
  readonly data: { readonly runId: number; readonly attempt: number; readonly worker: string };
}

/** What is known of a run when it has ended. */
export interface Outcome {
  /** autopkgtest's; 20 where it gave none. */
  readonly exitCode: number;
  readonly status: Status;
  readonly message: string;
  /** The version of the source package that was tested; null where the run did not get so far. */
  readonly version: string | null;
  readonly durationSeconds: number;
  /** When the run ended by the worker's clock (ISO 8601, UTC, milliseconds): Debian's "date" of the job. */
  readonly finishedAt: string;
  readonly worker: string;
  readonly tests: readonly TestCase[];
  /** Bytes as stored, compressed. */
  readonly logBytes: number;
  readonly artifactsBytes: number;
  /** SHA-256 of the testbed's package list: two runs with the same one saw the same testbed. Null where there is no list. */
  readonly testbedDigest: string | null;
}

export interface TestFinished {
  readonly type: 'TestFinished';
  readonly data: Outcome & { readonly runId: number; readonly attempt: number };
}

/** No sign of life from the worker; the attempt no longer counts on it. */
export interface TestAbandoned {
  readonly type: 'TestAbandoned';
  readonly data: {
    readonly runId: number;
    readonly attempt: number;
    readonly worker: string;
    readonly reason: string;
  };
}

/** A result that came when the run was already finished by another attempt, or cancelled. */
export interface TestResultIgnored {
  readonly type: 'TestResultIgnored';
  readonly data: {
    readonly runId: number;
    readonly attempt: number;
    readonly worker: string;
    readonly status: Status;
    readonly reason: string;
  };
}

interface Decision {
  readonly runId: number;
  readonly by: string;
  readonly reason: string | null;
}

export interface TestCancelled {
  readonly type: 'TestCancelled';
  readonly data: Decision;
}

/** A private run becomes public. */
export interface TestPublished {
  readonly type: 'TestPublished';
  readonly data: Decision;
}

/** Log and artifacts were removed; the result stays. */
export interface TestFilesPurged {
  readonly type: 'TestFilesPurged';
  readonly data: Decision;
}

export interface ApiKeyIssued {
  readonly type: 'ApiKeyIssued';
  /** `hash`: SHA-256 of the key, hexadecimal. The key itself is shown once and kept nowhere. */
  readonly data: { readonly keyId: string; readonly user: string; readonly hash: string };
}

export interface ApiKeyRevoked {
  readonly type: 'ApiKeyRevoked';
  readonly data: { readonly keyId: string; readonly by: string; readonly reason: string | null };
}

/** A package was given a backend of its own for its tests, or (null) lost it. */
export interface PackageBackendSet {
  readonly type: 'PackageBackendSet';
  readonly data: {
    readonly package: string;
    readonly backend: string | null;
    readonly by: string;
    readonly reason: string | null;
  };
}

interface ArchiveMark {
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly by: string;
}

/** The archive has the package no more. It leaves the lists of statuses; its runs stay. */
export interface PackageRemoved {
  readonly type: 'PackageRemoved';
  readonly data: ArchiveMark;
}

/** The archive has the package again. */
export interface PackageReturned {
  readonly type: 'PackageReturned';
  readonly data: ArchiveMark;
}

export type TestRunEvent =
  | TestEnqueued
  | TestStarted
  | TestFinished
  | TestAbandoned
  | TestResultIgnored
  | TestCancelled
  | TestPublished
  | TestFilesPurged;
export type ApiKeyEvent = ApiKeyIssued | ApiKeyRevoked;
export type PackageEvent = PackageBackendSet | PackageRemoved | PackageReturned;
export type DomainEvent = TestRunEvent | ApiKeyEvent | PackageEvent;
export type EventType = DomainEvent['type'];

export function isAboutRun(event: DomainEvent): event is TestRunEvent {
  return 'runId' in event.data;
}

/** The version in which each type of event is written now. Older ones are upcast when read (upcast.ts). */
export const SCHEMA_VERSIONS: Readonly<Record<EventType, number>> = {
  TestEnqueued: 1,
  TestStarted: 1,
  TestFinished: 1,
  TestAbandoned: 1,
  TestResultIgnored: 1,
  TestCancelled: 1,
  TestPublished: 1,
  TestFilesPurged: 1,
  ApiKeyIssued: 1,
  ApiKeyRevoked: 1,
  PackageBackendSet: 1,
  PackageRemoved: 1,
  PackageReturned: 1,
};
