import { changesBetween, isOwn, ownMember } from '../../domain/archive/changes.js';
import type { ArchiveSnapshot } from '../../domain/archive/snapshot.js';
import type { ChangedPackage } from '../../domain/job.js';
import type { SourcePackage } from '../../domain/ports/archive.js';
import type { BatchState, MemberNumbers } from '../../domain/ports/batch-state.js';

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

  /** What differs, and whether the tested package itself does. */
  changes(then: MemberNumbers, now: MemberNumbers): { changes: ChangedPackage[]; uploaded: boolean } {
    if (areEqual(then, now)) return { changes: [], uploaded: false };
    const [before, after] = [then, now].map((all) => Array.from(all, (number) => this.state.memberOf(number)));
    const changes = changesBetween(before ?? [], after ?? []);
    const own = (all: readonly { name: string; version: string }[] = []): string | undefined =>
      all.find(isOwn)?.version;
    return { changes, uploaded: own(before) !== own(after) };
  }

  #number(id: number): number {
    return (this.#known[id] ??= this.state.numberOf(this.snapshot.member(id)));
  }
}

function areEqual(a: MemberNumbers, b: MemberNumbers): boolean {
  return a.length === b.length && a.every((number, index) => number === b[index]);
}
