import { readFileSync, statSync } from 'node:fs';
import { DebciError } from '../../domain/errors.js';
import type { Logger } from '../../domain/ports/logger.js';
import type { RejectList } from '../../domain/ports/reject-list.js';
import { parseRejectList, type RejectEntry } from '../../domain/reject-list.js';

/** The reject list is there, but cannot be read. */
class RejectListUnreadableError extends DebciError {
  readonly code = 'E_REJECT_LIST';
}

/**
 * The file `reject_list` of the configuration folder. An edit counts from the next question on;
 * a file that is not there rejects nothing.
 */
export class FileRejectList implements RejectList {
  #entries: readonly RejectEntry[];
  #version: string;

  private constructor(
    private readonly path: string,
    private readonly logger: Logger,
  ) {
    this.#version = versionOf(path);
    this.#entries = read(path);
  }

  /** @throws InvalidInputError naming each line that is wrong; RejectListUnreadableError */
  static open(path: string, logger: Logger): FileRejectList {
    return new FileRejectList(path, logger);
  }

  /** After an edit that cannot be read, what held before goes on to hold, and the log says so. */
  entries(): readonly RejectEntry[] {
    const version = versionOf(this.path);
    if (version === this.#version) return this.#entries;
    this.#version = version;
    try {
      this.#entries = read(this.path);
    } catch (error) {
      if (!(error instanceof DebciError)) throw error;
      this.logger.error({ err: error, path: this.path }, 'the reject list is wrong; the one before it still holds');
    }
    return this.#entries;
  }
}

/** Changes when the file does. */
function versionOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'absent' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

function read(path: string): RejectEntry[] {
  return parseRejectList(text(path), path);
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new RejectListUnreadableError(`${path} cannot be read`, { cause });
  }
}
