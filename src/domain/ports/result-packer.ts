import type { TestExit, TestRequest } from './testbed.js';

/** Makes Debian's result tarball of what a run left behind. */
export interface ResultPacker {
  /** A new empty folder for one run's output. */
  workspace(runId: number): Promise<Workspace>;
}

export interface Workspace {
  /** Where autopkgtest writes. */
  readonly outputDir: string;
  /**
   * Adds exit code, duration, version, worker and trigger, caps log and artifacts as Debian does,
   * and packs all into a tar.gz (`autopkgtest-incoming/<suite>/<arch>/<prefix>/<package>/<run id>/…`).
   */
  pack(request: TestRequest, exit: TestExit, worker: string): Promise<Uint8Array>;
  /** Removes the folder. Safe to repeat. */
  remove(): Promise<void>;
}
