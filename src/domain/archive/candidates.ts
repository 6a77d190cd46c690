import { compareVersions } from '../debian-version.js';
import { splitField } from '../dependency.js';
import type { ArchivePackage, BinaryPackage, SourcePackage } from '../ports/archive.js';
import { Names } from './names.js';

/** Fields whose names get their numbers as apt gives them: it settles a tie between providers by them. */
const NAMING = ['preDepends', 'depends', 'conflicts', 'breaks', 'recommends', 'provides'] as const;
const FIRST_NAMES = /(?:^|[,|])\s*([^\s,|:([<]+)/g;

/**
 * Of all versions that a suite's archives have, those that apt would take: of each binary package the candidate
 * (apt_preferences(5): the highest pin, then the newest version), of each source package the newest.
 */
export class Candidates {
  readonly names = new Names();
  /** By the name's number; a virtual package has none. */
  readonly #binaries: (BinaryPackage | undefined)[] = [];
  readonly #sources = new Map<string, SourcePackage>();
  readonly #fieldsSeen = new Set<string>();

  add({ kind, package: one }: ArchivePackage): void {
    if (kind === 'binary') this.#addBinary(one);
    else this.#addSource(one);
  }

  binary(id: number): BinaryPackage | undefined {
    return this.#binaries[id];
  }

  /** All binary candidates with their numbers. */
  *binaries(): Generator<readonly [id: number, candidate: BinaryPackage]> {
    for (const [id, candidate] of this.#binaries.entries()) if (candidate !== undefined) yield [id, candidate];
  }

  source(name: string): SourcePackage | undefined {
    return this.#sources.get(name);
  }

  sources(): Iterable<SourcePackage> {
    return this.#sources.values();
  }

  #addBinary(one: BinaryPackage): void {
    const id = this.names.add(one.name);
    for (const field of NAMING) this.#nameAll(one[field]);
    const present = this.#binaries[id];
    if (present === undefined || isBetter(one, present)) this.#binaries[id] = one;
  }

  #addSource(one: SourcePackage): void {
    const present = this.#sources.get(one.name);
    if (present === undefined || compareVersions(one.version, present.version) > 0) this.#sources.set(one.name, one);
  }

  #nameAll(field: string): void {
    for (const part of splitField(field)) {
      if (this.#fieldsSeen.has(part)) continue;
      this.#fieldsSeen.add(part);
      for (const [, name = ''] of part.matchAll(FIRST_NAMES)) this.names.add(name);
    }
  }
}

/** Of two that are equal, apt keeps the one that it saw first. */
function isBetter(one: BinaryPackage, present: BinaryPackage): boolean {
  return one.pin === present.pin ? compareVersions(one.version, present.version) > 0 : one.pin > present.pin;
}
