import { DebciError } from '../../domain/errors.js';
import type { TestbedTarget } from '../../domain/ports/testbed.js';
import type { Config } from '../config/config.js';
import type { CommonFlags } from '../flags.js';

/** One testbed of one backend. */
export interface SetupTarget extends TestbedTarget {
  readonly backend: string;
}

/** Some of several testbeds could not be built. The message holds what went wrong with each; the others were built. */
export class SeveralSetupsError extends DebciError {
  readonly code = 'E_SEVERAL_SETUPS';
}

/** All testbeds that are configured; what a flag names stands for the list of its kind. */
export function setupTargets(
  { suite, suite_list, arch, arch_list, backend, backend_list }: Config,
  flags: Pick<CommonFlags, 'suite' | 'arch' | 'backend'>,
): SetupTarget[] {
  const backends = flags.backend === undefined ? backend_list : [backend];
  const suites = flags.suite === undefined ? suite_list : [suite];
  const arches = flags.arch === undefined ? arch_list : [arch];
  return backends.flatMap((one) => suites.flatMap((s) => arches.map((a) => ({ backend: one, suite: s, arch: a }))));
}

/** As people name it. */
export function testbedText({ backend, suite, arch }: SetupTarget): string {
  return `${backend} testbed ${suite}/${arch}`;
}
