import { runFolder } from '../../domain/job.js';
import { InvalidInputError, type Violation } from '../../domain/errors.js';
import { archName, packageName, runId, suiteName, type Rule } from '../../domain/rules.js';
import type { RunKey } from '../../domain/ports/artifact-store.js';

const STORED = 'autopkgtest';
const INCOMING = 'autopkgtest-incoming';
/** `autopkgtest-incoming/<suite>/<arch>/<prefix>/<package>/<run id>` */
export const RUN_FOLDER_PARTS = 6;

const RULES: readonly (readonly [field: string, rule: Rule, value: (run: RunKey) => unknown])[] = [
  ['package', packageName, (run) => run.package],
  ['suite', suiteName, (run) => run.suite],
  ['arch', archName, (run) => run.arch],
  ['run-id', runId, (run) => run.runId],
];

function violations(run: RunKey): Violation[] {
  return RULES.filter(([, rule, value]) => !rule.accepts(value(run))).map(([field, rule, value]) => {
    return { field, value: value(run), allowed: rule.allowed };
  });
}

/**
 * Where a run's files lie below the data folder. Nothing unchecked becomes a path.
 * @throws InvalidInputError
 */
export function storedFolder(run: RunKey): string {
  const broken = violations(run);
  if (broken.length > 0) throw new InvalidInputError(broken);
  return runFolder(run);
}

/**
 * Where a run's files lie in a result tarball.
 * @throws InvalidInputError
 */
export function incomingFolder(run: RunKey): string {
  return INCOMING + storedFolder(run).slice(STORED.length);
}

/** The run that `incomingFolder` gives these parts for; null where there is none. */
export function parseIncomingFolder(parts: readonly string[]): RunKey | null {
  const [, suite = '', arch = '', , name = '', id = ''] = parts;
  const run = { runId: Number(id), package: name, suite, arch };
  if (violations(run).length > 0) return null;
  return incomingFolder(run) === parts.join('/') ? run : null;
}
