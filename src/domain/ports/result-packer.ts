import { DebciError } from '../errors.js';
import type { TestExit, TestRequest } from './testbed.js';

/** Makes Debian's result tarball of what a run left behind. */
export interface ResultPacker {
  /**
   * A new empty folder for one run's output.
   * @throws PackingError
   */
  workspace(runId: number): Promise<Workspace>;
}

export interface Workspace {
  /** Where autopkgtest writes. */
  readonly outputDir: string;
  /**
   * Adds exit code, duration, version, worker and trigger, caps log and artifacts as Debian does,
   * and packs all into a tar.gz (`autopkgtest-incoming/<suite>/<arch>/<prefix>/<package>/<run id>/…`).
   * A run that was cut short (timed out, stopped, killed) has exit code 20, and its log says what happened.
   * @throws PackingError
   */
  pack(request: TestRequest, exit: TestExit, worker: string): Promise<Uint8Array>;
  /** Removes the folder. Safe to repeat. */
  remove(): Promise<void>;
}

/** The result could not be packed: a full disk, or a folder that cannot be read or made. */
export class PackingError extends DebciError {
  readonly code = 'E_PACKING';
}
