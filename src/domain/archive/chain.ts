import type { Choice, Needs } from './relations.js';

/** What of an archive's packages a chain is made from. */
export interface PackageGraph {
  /** Packages are numbered from 0 to below this. */
  readonly size: number;
  needs(id: number): Needs;
}

/** Deeper than any chain of a real archive; a hostile one must not exhaust the stack. */
const MAX_DEPTH = 500;

/**
 * Resolves chains of dependencies, one after the other, as apt does when it installs into nothing: depth first, of
 * alternatives the first that can be had, unless one of them is there already; a package that conflicts with what is
 * there, or that lacks something itself, cannot be had.
 */
export class ChainResolver {
  /** Of each package, the last chain that it was put into, or could not be had in. */
  readonly #chosen: Uint32Array;
  readonly #refused: Uint32Array;
  /** By how many packages of the present chain a package is conflicted with. */
  readonly #conflicted: Uint16Array;
  #chain = 0;
  #members: number[] = [];

  constructor(
    private readonly graph: PackageGraph,
    private readonly withRecommends: boolean,
  ) {
    this.#chosen = new Uint32Array(graph.size);
    this.#refused = new Uint32Array(graph.size);
    this.#conflicted = new Uint16Array(graph.size);
  }

  /**
   * @param roots in the chain whatever they conflict with, each other included.
   * @param wanted one of each is in the chain too, if it can be had.
   * @returns the members' numbers, in no order that matters.
   */
  resolve(roots: Iterable<number>, wanted: Iterable<Choice> = []): Uint32Array {
    this.#chain++;
    this.#members = [];
    for (const root of roots) if (!this.#has(root)) this.#put(root);
    for (const root of [...this.#members]) this.#meetAll(root, 0, true);
    for (const choice of wanted) this.#meet(choice, 0);
    const members = Uint32Array.from(this.#members);
    for (const id of members) this.#countConflicts(id, -1);
    return members;
  }

  #has(id: number): boolean {
    return this.#chosen[id] === this.#chain;
  }

  #put(id: number): void {
    this.#chosen[id] = this.#chain;
    this.#members.push(id);
    this.#countConflicts(id, 1);
  }

  /** Takes a package out, and all that came in for its sake. */
  #takeBack(id: number): void {
    for (let last = this.#members.pop(); last !== undefined; last = this.#members.pop()) {
      this.#chosen[last] = 0;
      this.#countConflicts(last, -1);
      if (last === id) break;
    }
    this.#refused[id] = this.#chain;
  }

  #countConflicts(id: number, by: number): void {
    for (const other of this.graph.needs(id).conflicts) this.#conflicted[other] = (this.#conflicted[other] ?? 0) + by;
  }

  #meet(choice: Choice, depth: number): boolean {
    return choice.some((id) => this.#has(id)) || choice.some((id) => this.#install(id, depth));
  }

  #install(id: number, depth: number): boolean {
    if (this.#has(id)) return true;
    if (depth > MAX_DEPTH || this.#refused[id] === this.#chain || !this.#isPossible(id)) return false;
    this.#put(id);
    if (this.#meetAll(id, depth + 1, false)) return true;
    this.#takeBack(id);
    return false;
  }

  #isPossible(id: number): boolean {
    const { required, conflicts } = this.graph.needs(id);
    return (
      this.#conflicted[id] === 0 &&
      !conflicts.some((other) => this.#has(other)) &&
      required.every((choice) => choice.length > 0)
    );
  }

  /** @param goOn what cannot be met is left out. */
  #meetAll(id: number, depth: number, goOn: boolean): boolean {
    const { required, recommended } = this.graph.needs(id);
    for (const choice of required) if (!this.#meet(choice, depth) && !goOn) return false;
    if (this.withRecommends) for (const choice of recommended) this.#meet(choice, depth);
    return true;
  }
}
