import type { VersionRelation } from './debian-version.js';

/** One package that would do, as a relation field names it (Debian Policy 7.1). */
export interface Dependency {
  readonly package: string;
  /** After the colon: `any`, `native` or an architecture; null: none. */
  readonly qualifier: string | null;
  readonly version: { readonly relation: VersionRelation; readonly wanted: string } | null;
  /** Architectures for which it holds (`amd64`), or does not (`!armel`); empty: for all. */
  readonly arches: readonly string[];
  /** Build profiles: it holds where all words of one of the lists hold; empty: always. */
  readonly profiles: readonly (readonly string[])[];
}

const FORM =
  /^([a-zA-Z0-9][a-zA-Z0-9+.-]*)(?::([a-z0-9][a-z0-9-]*))?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s()<>=][^\s()]*)\s*\)\s*)?(?:\[([^\]]*)\]\s*)?((?:<[^<>]*>\s*)*)$/;

const RELATIONS: Readonly<Record<string, VersionRelation>> = { '<': '<=', '>': '>=' };

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Null where the text has not the form of a dependency. */
export function parseDependency(text: string): Dependency | null {
  const match = FORM.exec(text.trim());
  if (match?.[1] === undefined) return null;
  const [, name, qualifier = null, relation, wanted, arches = '', profiles = ''] = match;
  return {
    package: name,
    qualifier,
    version:
      relation === undefined || wanted === undefined
        ? null
        : { relation: RELATIONS[relation] ?? (relation as VersionRelation), wanted },
    arches: words(arches),
    profiles: [...profiles.matchAll(/<([^<>]*)>/g)].map(([, list = '']) => words(list)),
  };
}

/**
 * Reads what stands between two commas of a relation field: alternatives, the preferred one first.
 * What cannot be read is left out: apt refuses the whole index for it, so it does not come from an archive.
 */
export function parseAlternatives(text: string): Dependency[] {
  return text.split('|').flatMap((alternative) => parseDependency(alternative) ?? []);
}

/** The parts of a relation field: alternatives of which each must be met. Texts, since most of them come many times. */
export function splitField(field: string): string[] {
  return field
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Wildcards of `dpkg-architecture -L` for Linux on the kernel's usual library: `any`, `linux-any`, `any-amd64`. */
function matchesArch(pattern: string, arch: string): boolean {
  return pattern === arch || pattern === 'any' || pattern === 'linux-any' || pattern === `any-${arch}`;
}

function holdsFor(arches: readonly string[], arch: string): boolean {
  const [first] = arches;
  if (first === undefined) return true;
  if (first.startsWith('!')) return !arches.some((pattern) => matchesArch(pattern.slice(1), arch));
  return arches.some((pattern) => matchesArch(pattern, arch));
}

/** No profile is active: an archive's packages were built, and are tested, without any. */
function holdsIn(profiles: Dependency['profiles']): boolean {
  return profiles.length === 0 || profiles.some((list) => list.every((word) => word.startsWith('!')));
}

/** Whether the dependency counts on an architecture. */
export function applies({ arches, profiles }: Dependency, arch: string): boolean {
  return holdsFor(arches, arch) && holdsIn(profiles);
}
