/** What a result may hold at most. */
export interface ResultLimits {
  /** Bytes of the unpacked tarball, headers and padding included. */
  readonly unpackedBytes: number;
  /** Files and folders, those that are only named on the way to a file included. */
  readonly members: number;
  /** Bytes of a path below the run's folder. */
  readonly pathBytes: number;
  /** Names in a path below the run's folder. */
  readonly depth: number;
}

/** Far above what Debian's caps (log 20 MB, artifacts 100 MB) let a worker send. */
export const DEFAULT_LIMITS: ResultLimits = {
  unpackedBytes: 512 * 1024 * 1024,
  members: 20_000,
  pathBytes: 1024,
  depth: 32,
};

export type MemberKind = 'file' | 'directory';

/**
 * The paths of a result, each checked when it is added. Packer and reader use the same rules,
 * so that what a hostile test leaves behind cannot make the worker send a result that is refused.
 */
export class MemberPaths {
  readonly #limits: ResultLimits;
  /** By path in Unicode's composed form: a file, a folder, or a folder that has been seen only in front of others. */
  readonly #known = new Map<string, MemberKind | 'implied'>();

  constructor(limits: ResultLimits) {
    this.#limits = limits;
  }

  /** Adds a path (relative, `/` between its names, none at its end). Gives why it cannot be; null if it was added. */
  refusal(path: string, kind: MemberKind): string | null {
    const malformed = this.#malformed(path);
    if (malformed !== null) return malformed;
    const key = path.normalize('NFC');
    const known = this.#known.get(key);
    if (known !== undefined && !(known === 'implied' && kind === 'directory')) return 'its name comes twice';
    const above = parents(key);
    if (above.some((parent) => this.#known.get(parent) === 'file')) return 'it lies below a file';
    for (const parent of above) if (!this.#known.has(parent)) this.#known.set(parent, 'implied');
    this.#known.set(key, kind);
    return this.#known.size > this.#limits.members ? `there are more than ${this.#limits.members} files` : null;
  }

  #malformed(path: string): string | null {
    const names = path.split('/');
    if (path.includes('\0')) return 'its name holds a NUL';
    if (names.some((name) => name === '' || name === '.' || name === '..')) return 'its path is not plain';
    if (names.length > this.#limits.depth) return `it is nested deeper than ${this.#limits.depth}`;
    if (Buffer.byteLength(path) > this.#limits.pathBytes) return `its path is above ${this.#limits.pathBytes} bytes`;
    return null;
  }
}

function parents(path: string): string[] {
  const found = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) found.push(path.slice(0, at));
  return found;
}
