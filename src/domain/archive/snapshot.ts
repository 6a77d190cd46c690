import type { ArchivePackage, SourcePackage } from '../ports/archive.js';
import { Candidates } from './candidates.js';
import { ChainResolver } from './chain.js';
import { Relations, type Choice } from './relations.js';

/** A package of a chain as it is now: a binary package, or `src:` and the tested source package itself. */
export interface Member {
  readonly name: string;
  readonly version: string;
}

export interface SnapshotOptions {
  readonly arch: string;
  /** Recommended packages are in the chains too. */
  readonly recommends: boolean;
}

/** A suite and architecture at one moment: what there is, and what the test of each source package depends on. */
export class ArchiveSnapshot {
  readonly #relations: Relations;
  readonly #resolver: ChainResolver;
  readonly #binariesOf = new Map<string, number[]>();

  private constructor(
    private readonly candidates: Candidates,
    { arch, recommends }: SnapshotOptions,
  ) {
    this.#relations = new Relations(candidates, arch);
    const graph = { size: candidates.names.size, needs: (id: number) => this.#relations.needs(id) };
    this.#resolver = new ChainResolver(graph, recommends);
    for (const [id, { source }] of candidates.binaries()) {
      const known = this.#binariesOf.get(source);
      if (known === undefined) this.#binariesOf.set(source, [id]);
      else known.push(id);
    }
  }

  static async from(packages: AsyncIterable<ArchivePackage>, options: SnapshotOptions): Promise<ArchiveSnapshot> {
    const candidates = new Candidates();
    for await (const one of packages) candidates.add(one);
    return new ArchiveSnapshot(candidates, options);
  }

  source(name: string): SourcePackage | undefined {
    return this.candidates.source(name);
  }

  /** All source packages that say that they have tests. */
  *tested(): Generator<SourcePackage> {
    for (const source of this.candidates.sources()) if (source.testsuites.length > 0) yield source;
  }

  /** Names of the binary packages that a source package builds. */
  builtBy({ name }: SourcePackage): Set<string> {
    return new Set((this.#binariesOf.get(name) ?? []).map((id) => this.candidates.names.nameOf(id)));
  }

  /** Names of what the test of a source package installs: what the source builds, and what its tests ask for beside. */
  installs(source: SourcePackage): string[] {
    const { roots, wanted } = this.#parts(source);
    const chosen = wanted.flatMap(([first]) => first ?? []);
    return [...roots, ...chosen].map((id) => this.candidates.names.nameOf(id));
  }

  /** The chain of a source package without itself: the numbers of all that its test needs, to the last dependency. */
  chain(source: SourcePackage): Uint32Array {
    const { roots, wanted } = this.#parts(source);
    return this.#resolver.resolve(roots, wanted);
  }

  /** @param id from a chain. */
  member(id: number): Member {
    return { name: this.candidates.names.nameOf(id), version: this.candidates.binary(id)?.version ?? '' };
  }

  /** A trigger that only others provide is no package that could be asked for by name. */
  #parts({ name, triggers }: SourcePackage): { roots: number[]; wanted: Choice[] } {
    const roots = [...(this.#binariesOf.get(name) ?? [])];
    const wanted: Choice[] = [];
    for (const trigger of triggers) {
      const id = this.candidates.names.get(trigger);
      if (id !== undefined && this.candidates.binary(id) !== undefined) roots.push(id);
      else wanted.push(this.#relations.choice(trigger));
    }
    return { roots, wanted };
  }
}
