import type { HostRelease } from './host-apt.js';

/** One archive's suite in a testbed's sources.list. */
export interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
}

const POCKET = /^(-updates|-security|\/updates)$/;
const DEFAULT_COMPONENTS = ['main'];

/**
 * Where a testbed gets its packages, the suite's own archive first (autopkgtest takes that for the default release).
 * Without a mirror of the operator's: from the archive that this machine's own release (`own`) comes from; for that
 * very release with its updates and security fixes. Null where there is neither.
 */
export function chooseSources(
  suite: string,
  releases: readonly HostRelease[],
  own: HostRelease | null,
  mirror?: string,
): Source[] | null {
  if (mirror !== undefined) return [{ uri: mirror.replace(/\/+$/, ''), suite, components: componentsOf(own) }];
  if (own === null) return null;
  const main: Source = { uri: own.uri, suite, components: own.components };
  return isSuite(own, suite) ? [main, ...pockets(releases, own)] : [main];
}

/** Both kinds of line: a testbed needs the package's source, even where the machine itself has no deb-src. */
export function sourceListLines(sources: readonly Source[]): string[] {
  return sources.flatMap(({ uri, suite, components }) =>
    ['deb', 'deb-src'].map((kind) => [kind, uri, suite, ...components].join(' ')),
  );
}

function componentsOf(own: HostRelease | null): readonly string[] {
  return own?.components ?? DEFAULT_COMPONENTS;
}

function isSuite(own: HostRelease, suite: string): boolean {
  return [own.release, own.codename, own.suite].includes(suite);
}

function pockets(releases: readonly HostRelease[], own: HostRelease): Source[] {
  return releases
    .filter(({ origin }) => origin === own.origin)
    .filter((r) =>
      [own.release, own.codename].some(
        (name) => r.release.startsWith(name) && POCKET.test(r.release.slice(name.length)),
      ),
    )
    .map(({ uri, release, components }) => ({ uri, suite: release, components }));
}
