import type { BinaryPackage, SourcePackage } from '../../domain/ports/archive.js';
import { splitField } from '../../domain/dependency.js';
import type { Stanza } from './stanzas.js';

export const SOURCE_FIELDS: ReadonlySet<string> = new Set([
  'package',
  'version',
  'testsuite',
  'testsuite-triggers',
  'extra-source-only',
]);

export const BINARY_FIELDS: ReadonlySet<string> = new Set([
  'package',
  'version',
  'architecture',
  'source',
  'multi-arch',
  'essential',
  'priority',
  'pre-depends',
  'depends',
  'recommends',
  'conflicts',
  'breaks',
  'provides',
]);

const PRIORITIES = ['required', 'important', 'standard', 'optional', 'extra'];
const AUTOPKGTEST = /^autopkgtest(-pkg-[a-z0-9-]+)?$/;

/** Null for a source that is kept only because binaries were built with it, and for a stanza that lacks a name. */
export function sourcePackage(stanza: Stanza): SourcePackage | null {
  const [name, version] = [stanza.get('package'), stanza.get('version')];
  if (name === undefined || version === undefined || stanza.get('extra-source-only') === 'yes') return null;
  return {
    name,
    version,
    testsuites: splitField(stanza.get('testsuite') ?? '').filter((suite) => AUTOPKGTEST.test(suite)),
    triggers: splitField(stanza.get('testsuite-triggers') ?? '').filter((trigger) => !trigger.startsWith('@')),
  };
}

/** Null for a stanza that lacks a name or a version. */
export function binaryPackage(stanza: Stanza, pin: number): BinaryPackage | null {
  const [name, version] = [stanza.get('package'), stanza.get('version')];
  if (name === undefined || version === undefined) return null;
  const field = (key: string): string => stanza.get(key) ?? '';
  return {
    name,
    version,
    arch: field('architecture'),
    // `glibc (2.36-9)` where the versions differ.
    source: /^[^\s(]+/.exec(field('source'))?.[0] ?? name,
    multiArch: multiArch(field('multi-arch')),
    essential: field('essential') === 'yes',
    priority: priorityOf(field('priority')),
    preDepends: field('pre-depends'),
    depends: field('depends'),
    recommends: field('recommends'),
    conflicts: field('conflicts'),
    breaks: field('breaks'),
    provides: field('provides'),
    pin,
  };
}

/** apt's own numbers; a word that it does not know comes last. */
function priorityOf(word: string): number {
  const index = PRIORITIES.indexOf(word);
  return index < 0 ? PRIORITIES.length : index + 1;
}

function multiArch(text: string): BinaryPackage['multiArch'] {
  return text === 'same' || text === 'foreign' || text === 'allowed' ? text : null;
}
