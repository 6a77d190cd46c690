import { InvalidInputError, type Violation } from '../../domain/errors.js';
import type { TestbedTarget, TestRequest } from '../../domain/ports/testbed.js';
import {
  archName,
  backendName,
  packageName,
  pinnedPackage,
  type Rule,
  runId,
  suiteName,
  variantName,
} from '../../domain/rules.js';
import { readSigningKey, sourceLines } from '../shared/apt/extra-sources.js';

/**
 * What reaches a command line has passed the rules at the boundary already. It passes them again here, because a
 * value that slipped through could become an option, a path or another container's name.
 * @throws InvalidInputError
 */
export function checkRequest(request: TestRequest): void {
  refuse([
    ...checkParts(request),
    ...check('package', request.package, packageName),
    ...check('backend', request.backend, backendName),
    ...check('runId', request.runId, runId),
    ...(request.variant === null ? [] : check('variant', request.variant, variantName)),
    ...request.pins.flatMap((pin) => [
      ...check('pins.suite', pin.suite, suiteName),
      ...pin.packages.flatMap((name) => check('pins.packages', name, pinnedPackage)),
    ]),
    ...request.extraAptSources.flatMap(checkSource),
  ]);
}

/** The same for a testbed's name. */
export function checkTarget(target: TestbedTarget): void {
  refuse(checkParts(target));
}

function checkParts({ suite, arch }: TestbedTarget): Violation[] {
  return [...check('suite', suite, suiteName), ...check('arch', arch, archName)];
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw new InvalidInputError(violations);
}

function check(field: string, value: unknown, rule: Rule): Violation[] {
  return rule.accepts(value) ? [] : [{ field, value, allowed: rule.allowed }];
}

function checkSource({ entry, signingKey }: TestRequest['extraAptSources'][number]): Violation[] {
  const violations: Violation[] = [];
  if (sourceLines(entry) === null) {
    const allowed = 'one-line apt entries, each beginning with deb or deb-src';
    violations.push({ field: 'extraAptSources.entry', value: entry, allowed });
  }
  if (signingKey !== null && readSigningKey(signingKey) === null) {
    const allowed = 'an armoured public key, or one in base64';
    violations.push({ field: 'extraAptSources.signingKey', value: signingKey, allowed });
  }
  return violations;
}
