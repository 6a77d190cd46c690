import type { ArchiveSnapshot } from '../../domain/archive/snapshot.js';
import { decideBatch, type Decision, type LastRun } from '../../domain/batch-decision.js';
import type { SourcePackage } from '../../domain/ports/archive.js';
import type { KnownChain, MemberNumbers } from '../../domain/ports/batch-state.js';
import type { PlatformHistory } from '../../domain/ports/test-history.js';
import { rejection, type RejectEntry } from '../../domain/reject-list.js';
import type { BatchParts, BatchScope } from './batch-parts.js';
import { ChainNumbers } from './chain-numbers.js';

/** What batch decided on one package. */
export interface PlannedPackage {
  readonly package: string;
  readonly version: string;
  /** Where it would be run. */
  readonly backend: string;
  readonly decision: Decision;
  readonly lastRun: LastRun | null;
  /** The reject list's entry that names it. */
  readonly rejected: RejectEntry | null;
  /** The chain as it is now, the package itself included. */
  readonly members: MemberNumbers;
}

/** One round of decisions, all at the same moment. */
export class Deciding {
  readonly #entries: readonly RejectEntry[];
  readonly #unanswered: ReadonlySet<string>;
  readonly #history: PlatformHistory;
  readonly #chains: ReadonlyMap<string, KnownChain>;
  readonly #numbers: ChainNumbers;
  readonly #at: Date;

  constructor(
    { rejectList, history, state, clock }: BatchParts,
    private readonly scope: BatchScope,
    snapshot: ArchiveSnapshot,
  ) {
    this.#entries = rejectList.entries();
    const unanswered = state.unfinished().filter(({ suite, arch }) => suite === scope.suite && arch === scope.arch);
    this.#unanswered = new Set(unanswered.flatMap(({ jobs }) => jobs.map((job) => job.package)));
    this.#chains = state.chains(scope);
    this.#history = history.of(scope, new Map(Array.from(this.#chains, ([name, { runId }]) => [name, runId])));
    this.#numbers = new ChainNumbers(state, snapshot);
    this.#at = clock.now();
  }

  decide(source: SourcePackage): PlannedPackage {
    const { name, version } = source;
    const { suite, arch, force, backendByDefault } = this.scope;
    const own = backendByDefault ? this.#history.backends.get(name) : undefined;
    const lastRun = this.#history.lastRuns.get(name) ?? null;
    const chain = this.#chains.get(name);
    const members = this.#numbers.of(source);
    const rejected = rejection(this.#entries, { package: name, suite, arch, version });
    const pending = this.#history.pending.has(name) || this.#unanswered.has(name);
    const known = chain === undefined ? UNKNOWN : this.#numbers.changes(source, chain.members, members);
    const decision = decideBatch({ rejected, pending, lastRun, ...known }, this.#at, force);
    return { package: name, version, backend: own ?? this.scope.backend, decision, lastRun, rejected, members };
  }

  /** Packages that are marked as gone from the archive. */
  get removed(): ReadonlySet<string> {
    return this.#history.removed;
  }

  /** Packages that have results here, whether the archive still has them or not. */
  tested(): Iterable<string> {
    return this.#history.lastRuns.keys();
  }
}

const UNKNOWN = { changes: null, uploaded: false };
