import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { AptError } from './apt-error.js';
import { cleanEnvironment } from '../process/environment.js';
import type { AptSettings } from './settings.js';

/** One suite of one archive that this machine's apt uses. */
export interface HostRelease {
  /** The archive's address, without a slash at the end. */
  readonly uri: string;
  /** The suite as the source's entry has it. */
  readonly release: string;
  /** What its Release file says; empty where it says nothing. */
  readonly codename: string;
  readonly suite: string;
  readonly origin: string;
  readonly components: readonly string[];
  /** Whether the entry gives sources too (deb-src). */
  readonly hasSources: boolean;
  /** The file that holds the entry. */
  readonly entryFile: string;
}

const FIELDS = ['REPO_URI', 'RELEASE', 'CODENAME', 'SUITE', 'ORIGIN', 'COMPONENT', 'TARGET_OF', 'SOURCESENTRY'];
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

type Settings = Pick<AptSettings, 'path' | 'tmpDir'>;

/** Runs apt-get or apt-config on this machine's configuration, and gives what it prints. */
export async function apt(
  settings: Settings,
  program: 'apt-get' | 'apt-config',
  args: readonly string[],
): Promise<string> {
  try {
    const env = cleanEnvironment(settings.path, settings.tmpDir);
    const { stdout } = await promisify(execFile)(program, [...args], { env, maxBuffer: LARGEST_OUTPUT_BYTES });
    return stdout;
  } catch (cause) {
    throw new AptError(`${program} ${args[0] ?? ''} failed: ${String(cause)}`, { cause });
  }
}

/**
 * What this machine's apt uses, in the order of its sources.
 * apt knows a source's origin from its package lists; where there are none, they are fetched into a folder that is
 * thrown away, and the machine's own stay as they are.
 */
export async function hostReleases(settings: Settings): Promise<HostRelease[]> {
  const known = await indexTargets(settings, []);
  if (known.length > 0) return known;
  const lists = await mkdtemp(join(settings.tmpDir, 'debci-lists-'));
  try {
    await mkdir(join(lists, 'partial'));
    const there = ['-o', `Dir::State::lists=${lists}`];
    await apt(settings, 'apt-get', ['update', ...there]);
    return await indexTargets(settings, there);
  } finally {
    await rm(lists, { recursive: true, force: true });
  }
}

async function indexTargets(settings: Settings, options: readonly string[]): Promise<HostRelease[]> {
  const format = FIELDS.map((field) => `$(${field})`).join('\t');
  const output = await apt(settings, 'apt-get', ['indextargets', '--format', format, ...options]);
  const releases = new Map<string, HostRelease>();
  for (const line of output.split('\n')) {
    const target = parseTarget(line);
    if (target === null) continue;
    const key = `${target.uri} ${target.release}`;
    releases.set(key, merge(releases.get(key), target));
  }
  return [...releases.values()];
}

/** A field that apt does not know is printed as its name; a flat repository has no component, and is left out. */
function parseTarget(line: string): HostRelease | null {
  const [uri = '', release = '', codename = '', suite = '', origin = '', component = '', of = '', entry = ''] = line
    .split('\t')
    .map((value) => (value.startsWith('$(') ? '' : value));
  if (uri === '' || release === '' || component === '') return null;
  return {
    uri: uri.replace(/\/+$/, ''),
    ...{ release, codename, suite, origin },
    components: [component],
    hasSources: of === 'deb-src',
    entryFile: entry.replace(/:\d+$/, ''),
  };
}

function merge(known: HostRelease | undefined, target: HostRelease): HostRelease {
  if (known === undefined) return target;
  return {
    ...known,
    components: [...new Set([...known.components, ...target.components])],
    hasSources: known.hasSources || target.hasSources,
  };
}
