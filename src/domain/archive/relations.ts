import { satisfies } from '../debian-version.js';
import { applies, parseAlternatives, splitField, type Dependency } from '../dependency.js';
import type { Candidates } from './candidates.js';

/** A package that provides a name; `version` null: it says nothing of the version. */
interface Provider {
  readonly id: number;
  readonly version: string | null;
}

/** Packages by number, in the order in which apt would try them. */
export type Choice = readonly number[];

/** What a candidate needs and what it cannot be with. */
export interface Needs {
  /** Of each, one must be there: Pre-Depends, then Depends. */
  readonly required: readonly Choice[];
  readonly recommended: readonly Choice[];
  /** Conflicts and Breaks. */
  readonly conflicts: Choice;
}

/**
 * Answers which packages meet a relation. The archive has each text (`libc6 (>= 2.34)`) many times, so each is
 * resolved once, when it is first asked for.
 */
export class Relations {
  readonly #choices = new Map<string, Choice>();
  readonly #needs: (Needs | undefined)[] = [];
  readonly #providers = new Map<number, Provider[]>();

  constructor(
    private readonly candidates: Candidates,
    private readonly arch: string,
  ) {
    for (const [id, { provides }] of candidates.binaries()) this.#addProvider(id, provides);
  }

  /** @param id of a candidate. */
  needs(id: number): Needs {
    return (this.#needs[id] ??= this.#resolve(id));
  }

  /** The packages that meet alternatives as a relation field has them between two commas. */
  choice(text: string): Choice {
    let choice = this.#choices.get(text);
    if (choice === undefined) {
      const all = parseAlternatives(text).filter((dependency) => applies(dependency, this.arch));
      choice = [...new Set(all.flatMap((dependency) => this.#solutions(dependency)))];
      this.#choices.set(text, choice);
    }
    return choice;
  }

  #resolve(id: number): Needs {
    const { preDepends, depends, recommends, conflicts, breaks } = this.candidates.binary(id) ?? NOTHING;
    const needed = (field: string): Choice[] => splitField(field).map((text) => this.choice(text));
    const against = [...splitField(conflicts), ...splitField(breaks)].flatMap((text) => this.choice(text));
    return {
      required: [...needed(preDepends), ...needed(depends)],
      recommended: needed(recommends),
      // A package may conflict with a name that it provides itself: it then means the others.
      conflicts: [...new Set(against)].filter((other) => other !== id),
    };
  }

  #addProvider(id: number, provides: string): void {
    for (const text of splitField(provides)) {
      for (const { package: name, version } of parseAlternatives(text)) {
        const virtual = this.candidates.names.add(name);
        const provider = { id, version: version?.wanted ?? null };
        const known = this.#providers.get(virtual);
        if (known === undefined) this.#providers.set(virtual, [provider]);
        else known.push(provider);
      }
    }
  }

  /**
   * The package of that name first, then those that provide it, the most likely first.
   * `name:any` is to apt a virtual package, which the package of that name provides like any other.
   */
  #solutions(dependency: Dependency): number[] {
    const name = this.candidates.names.get(dependency.package);
    if (name === undefined || !this.#isOurs(dependency.qualifier)) return [];
    const isAny = dependency.qualifier === 'any';
    const own = this.candidates.binary(name);
    const itself = own === undefined ? [] : [{ id: name, version: own.version }];
    const ids = [...itself, ...(this.#providers.get(name) ?? [])]
      .filter(({ version }) => fits(version, dependency))
      .map(({ id }) => id)
      .filter((id) => !isAny || this.candidates.binary(id)?.multiArch === 'allowed');
    const isFirst = (id: number): boolean => !isAny && id === name;
    return [...new Set(ids)].sort((a, b) => Number(isFirst(b)) - Number(isFirst(a)) || this.#compareProviders(a, b));
  }

  #isOurs(qualifier: string | null): boolean {
    return qualifier === null || qualifier === 'any' || qualifier === 'native' || qualifier === this.arch;
  }

  /** apt's preference among providers none of which is installed. */
  #compareProviders(a: number, b: number): number {
    const [one, other] = [this.candidates.binary(a), this.candidates.binary(b)];
    if (one === undefined || other === undefined) return 0;
    if (one.essential !== other.essential) return one.essential ? -1 : 1;
    return one.priority - other.priority || b - a;
  }
}

const NOTHING = { preDepends: '', depends: '', recommends: '', conflicts: '', breaks: '' };

/** A name that is provided without a version meets no constraint on it (Policy 7.5). */
function fits(version: string | null, { version: wanted }: Dependency): boolean {
  if (wanted === null) return true;
  return version !== null && satisfies(version, wanted.relation, wanted.wanted);
}
