import { changesBetween, isOwn, ownMember } from '../../domain/archive/changes.js';
import type { ArchiveSnapshot } from '../../domain/archive/snapshot.js';
import type { ChangedPackage } from '../../domain/job.js';
import type { SourcePackage } from '../../domain/ports/archive.js';
import type { BatchState, MemberNumbers } from '../../domain/ports/batch-state.js';

interface Changes {
  readonly changes: readonly ChangedPackage[];
  readonly uploaded: boolean;
}

/** Chains of a snapshot in the numbers of batch's state, which can be compared with those of another day. */
export class ChainNumbers {
  /** By the snapshot's number; each is asked for once. */
  readonly #known: (number | undefined)[] = [];

  constructor(
    private readonly state: BatchState,
    private readonly snapshot: ArchiveSnapshot,
  ) {}

  /** The chain of a source package and itself. */
  of(source: SourcePackage): MemberNumbers {
    const ids = this.snapshot.chain(source);
    const numbers = new Uint32Array(ids.length + 1);
    for (const [index, id] of ids.entries()) numbers[index] = this.#number(id);
    numbers[ids.length] = this.state.numberOf(ownMember(source.name, source.version));
    return numbers.sort();
  }

  /**
   * What differs in the chain of a source package, and whether the package itself does; then it goes without saying
   * that what it builds does too.
   */
  changes(source: SourcePackage, then: MemberNumbers, now: MemberNumbers): Changes {
    if (areEqual(then, now)) return { changes: [], uploaded: false };
    const [before, after] = [then, now].map((all) => Array.from(all, (number) => this.state.memberOf(number)));
    const changes = changesBetween(before ?? [], after ?? []);
    const own = (all: readonly { name: string; version: string }[] = []): string | undefined =>
      all.find(isOwn)?.version;
    if (own(before) === own(after)) return { changes, uploaded: false };
    const [itself, ...others] = changes;
    const built = this.snapshot.builtBy(source);
    return {
      changes: [itself, ...others.filter((one) => !built.has(one.package))].filter((one) => one !== undefined),
      uploaded: true,
    };
  }

  #number(id: number): number {
    return (this.#known[id] ??= this.state.numberOf(this.snapshot.member(id)));
  }
}

function areEqual(a: MemberNumbers, b: MemberNumbers): boolean {
  return a.length === b.length && a.every((number, index) => number === b[index]);
}
