import { execFile } from 'node:child_process';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DebciError, InvalidInputError, type Violation } from '../../domain/errors.js';
import type { SeedList } from '../../domain/ports/seed-list.js';
import { packageName } from '../../domain/rules.js';

/** The seed list is there, but it cannot be read or run. */
class SeedListError extends DebciError {
  readonly code = 'E_SEED_LIST';
}

/** A name has 128 characters at most, and no archive has so many packages. */
const LARGEST_BYTES = 16 * 1024 * 1024;
const MAX_VIOLATIONS = 50;

/**
 * The file `seed_list` of the configuration folder: packages, one a line, comments (`#`) and blank lines between them;
 * or an executable that prints such lines. Where it is missing, batch looks at all packages that have tests.
 */
export class FileSeedList implements SeedList {
  constructor(private readonly path: string) {}

  async packages(): Promise<ReadonlySet<string> | null> {
    if (!(await this.#isThere())) return null;
    return parseSeeds(await this.#text(), this.path);
  }

  async #isThere(): Promise<boolean> {
    try {
      return (await stat(this.path)).isFile();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw new SeedListError(`${this.path} cannot be read`, { cause });
    }
  }

  async #text(): Promise<string> {
    const isExecutable = await access(this.path, constants.X_OK).then(
      () => true,
      () => false,
    );
    try {
      if (!isExecutable) return await readFile(this.path, 'utf8');
      return (await promisify(execFile)(this.path, [], { maxBuffer: LARGEST_BYTES })).stdout;
    } catch (cause) {
      throw new SeedListError(`${this.path} cannot be ${isExecutable ? 'run' : 'read'}`, { cause });
    }
  }
}

function parseSeeds(text: string, file: string): Set<string> {
  const seeds = new Set<string>();
  const violations: Violation[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const name = line.trim();
    if (name === '' || name.startsWith('#')) continue;
    if (packageName.accepts(name)) seeds.add(name);
    else violations.push({ field: `${file}:${index + 1}`, value: name, allowed: packageName.allowed });
  }
  if (violations.length > 0) throw new InvalidInputError(violations.slice(0, MAX_VIOLATIONS));
  return seeds;
}
