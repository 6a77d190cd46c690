import { readFileSync } from 'node:fs';
import {
  BINARY_FIELDS,
  binaryPackage,
  SOURCE_FIELDS,
  sourcePackage,
} from '../../src/adapters/archive/index-packages.js';
import { stanzas } from '../../src/adapters/archive/stanzas.js';
import { ArchiveSnapshot } from '../../src/domain/archive/snapshot.js';
import type { Archive, ArchivePackage } from '../../src/domain/ports/archive.js';

/** An archive's indices as text: real excerpts, or what a test needs. */
export interface Indices {
  readonly packages: string;
  readonly sources: string;
}

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/archive/${name}`, import.meta.url), 'utf8');

/** Some source packages of Debian 12 and all that their tests need, cut to the fields that matter. */
export function realIndices(): Indices {
  return { packages: fixture('Packages'), sources: fixture('Sources') };
}

async function* once(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text);
}

export async function* packagesOf({ packages, sources }: Indices): AsyncGenerator<ArchivePackage> {
  for await (const stanza of stanzas(once(sources), SOURCE_FIELDS)) {
    const one = sourcePackage(stanza);
    if (one !== null) yield { kind: 'source', package: one };
  }
  for await (const stanza of stanzas(once(packages), BINARY_FIELDS)) {
    const one = binaryPackage(stanza, 500);
    if (one !== null) yield { kind: 'binary', package: one };
  }
}

/** An archive whose indices tests change at will. */
export class ChangingArchive implements Archive {
  refreshed = 0;

  constructor(public indices: Indices) {}

  refresh(): Promise<void> {
    this.refreshed++;
    return Promise.resolve();
  }

  packages(): AsyncIterable<ArchivePackage> {
    return packagesOf(this.indices);
  }
}

/** The version of a package's stanza, in a copy of an index. */
export function withVersion(index: string, name: string, version: string): string {
  const changed = index.replace(new RegExp(`(^Package: ${name}\\n(?:[A-Z].*\\n)*?Version: ).*`, 'm'), `$1${version}`);
  if (changed === index) throw new Error(`${name} has no stanza, or that version already`);
  return changed;
}

export function snapshotOf(indices: Indices, recommends = false): Promise<ArchiveSnapshot> {
  return ArchiveSnapshot.from(packagesOf(indices), { arch: 'amd64', recommends });
}

/** Names of the packages that the test of a source package depends on, sorted. */
export function chainOf(snapshot: ArchiveSnapshot, source: string): string[] {
  const found = snapshot.source(source);
  if (found === undefined) throw new Error(`no source package ${source}`);
  return Array.from(snapshot.chain(found), (id) => snapshot.member(id).name).sort();
}
