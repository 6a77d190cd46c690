import type { Member } from '../archive/snapshot.js';
import type { Platform } from './test-history.js';

/** Members by number, in rising order. */
export type MemberNumbers = Uint32Array;

/** The chain of a package as it was when batch asked for a run. */
export interface KnownChain {
  readonly runId: number;
  readonly members: MemberNumbers;
}

/** A request to the collector that was written down before it is sent. */
export interface BatchRequest extends Platform {
  /** Known again by the collector if the request is sent twice. */
  readonly id: string;
  /** What is sent, as JSON. */
  readonly body: string;
  /** The package of each job, and its chain, in the order of the jobs. */
  readonly jobs: readonly { readonly package: string; readonly members: MemberNumbers }[];
}

/**
 * What batch remembers from one time to the next. No truth of its own: where it is lost, packages are tested once more
 * than is needed.
 */
export interface BatchState {
  /** The number of a package in a version; the same for ever. */
  numberOf(member: Member): number;
  /** @param number one that `numberOf` gave. */
  memberOf(number: number): Member;
  /** By package. */
  chains(platform: Platform): ReadonlyMap<string, KnownChain>;
  /** Writes a request down, to be sent until it is answered. */
  begin(request: BatchRequest): void;
  /** The collector made these runs of the request's jobs: their chains are the known ones from now on. */
  finish(id: string, runIds: readonly number[]): void;
  /** The collector refused the request. */
  drop(id: string): void;
  /** Requests without an answer, the oldest first. */
  unfinished(): BatchRequest[];
  /** Offline: batch does nothing until it is online again. */
  offline: boolean;
  close(): void;
}
