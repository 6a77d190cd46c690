import { packagePrefix } from '../../domain/job.js';
import { archName, packageName, suiteName } from '../../domain/rules.js';
import type { Target } from '../../projections/views.js';

/** What the parts of an address below `/data` name; null for what breaks a rule, so that nothing is looked up. */

export interface PlatformParams {
  readonly suite: string;
  readonly arch: string;
}

export function platformOf({ suite, arch }: PlatformParams): PlatformParams | null {
  return suiteName.accepts(suite) && archName.accepts(arch) ? { suite, arch } : null;
}

export interface PackageParams {
  readonly prefix: string;
  readonly package: string;
}

export function packageOf({ prefix, package: name }: PackageParams): string | null {
  return packageName.accepts(name) && packagePrefix(name) === prefix ? name : null;
}

export type TargetParams = PlatformParams & PackageParams;

export function targetOf(params: TargetParams): Target | null {
  const platform = platformOf(params);
  const name = packageOf(params);
  return platform && name !== null ? { package: name, ...platform } : null;
}

/** A file's name without its ending; the empty text, which names nothing, for another ending. */
export function stem(file: string, ending: string): string {
  return file.endsWith(ending) ? file.slice(0, -ending.length) : '';
}
