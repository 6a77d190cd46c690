import { DebciError } from '../errors.js';
import type { ExtraAptSource } from '../job.js';

/** A suite for one architecture, and what is seen beside the suite's own archives. */
export interface ArchiveTarget {
  readonly suite: string;
  readonly arch: string;
  /** apt sources that a test gets too. */
  readonly extraAptSources: readonly ExtraAptSource[];
}

/** What an archive's Sources says of a source package. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** The kinds of test that `Testsuite` names (`autopkgtest`, `autopkgtest-pkg-perl`); empty: none. */
  readonly testsuites: readonly string[];
  /** Binary packages that the tests need and the source does not build (`Testsuite-Triggers`). */
  readonly triggers: readonly string[];
}

/** What an archive's Packages says of a binary package. Relations are left as they are written. */
export interface BinaryPackage {
  readonly name: string;
  readonly version: string;
  /** The target's architecture, or `all`. */
  readonly arch: string;
  readonly source: string;
  readonly multiArch: 'same' | 'foreign' | 'allowed' | null;
  readonly essential: boolean;
  /** Policy 2.5, from 1 (`required`) to 5 (`extra`). */
  readonly priority: number;
  readonly preDepends: string;
  readonly depends: string;
  readonly recommends: string;
  readonly conflicts: string;
  readonly breaks: string;
  readonly provides: string;
  /**
   * apt_preferences(5): how much apt prefers the archive that it comes from, before it looks at versions.
   * 500; 100 where the archive says ButAutomaticUpgrades, 1 where it says NotAutomatic.
   */
  readonly pin: number;
}

/** One stanza of an archive's indices. */
export type ArchivePackage =
  | { readonly kind: 'source'; readonly package: SourcePackage }
  | { readonly kind: 'binary'; readonly package: BinaryPackage };

export interface RefreshOptions {
  readonly signal: AbortSignal;
  /** Each line that the fetching program prints. */
  readonly onLine: (line: string) => void;
}

/** A distribution's archives: what packages there are. */
export interface Archive {
  /**
   * Brings what is known up to date. Signatures are checked; where anything fails, what was known stays.
   * @throws ArchiveUnavailableError
   */
  refresh(target: ArchiveTarget, options: RefreshOptions): Promise<void>;

  /**
   * All packages as of the last refresh, every version of every archive, in the order of the archives and their indices.
   * @throws ArchiveUnavailableError where it was never refreshed, or cannot be read.
   */
  packages(target: ArchiveTarget): AsyncIterable<ArchivePackage>;
}

/** The archive's indices cannot be fetched, verified or read. The message holds apt's last lines. */
export class ArchiveUnavailableError extends DebciError {
  readonly code = 'E_ARCHIVE';
}
