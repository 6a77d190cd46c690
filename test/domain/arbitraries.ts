import fc from 'fast-check';
import type { Outcome } from '../../src/domain/events.js';
import type { ExtraAptSource, Job, Pin } from '../../src/domain/job.js';
import { verdict } from '../../src/domain/verdict.js';

/** Values as the domain allows them, in all their variety. */

const packageNames = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,20}$/);
const suiteNames = fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{0,20}$/);
const archNames = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/);
const backendNames = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,10}$/);
export const runIds = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

/** Any text on one line that the rule for triggers accepts. */
export const triggers = fc
  .string({ unit: 'grapheme', maxLength: 60 })
  .filter((text) => !/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(text));

export const pins: fc.Arbitrary<Pin> = fc.record({
  suite: suiteNames,
  packages: fc.array(
    fc.tuple(fc.constantFrom('', 'src:'), packageNames).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  ),
});

const binaryKeys = fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('base64'));
const armouredKeys = fc
  .base64String({ maxLength: 40 })
  .map((text) => `\n-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\n${text}\n-----END PGP PUBLIC KEY BLOCK-----\n`);

const extraAptSources: fc.Arbitrary<ExtraAptSource> = fc.record({
  entry: fc
    .array(fc.tuple(fc.constantFrom('deb', 'deb-src'), suiteNames), { minLength: 1, maxLength: 2 })
    .map((lines) => lines.map(([kind, suite]) => `${kind} http://deb.example.org/~%C3%BC ${suite} main`).join('\n')),
  signingKey: fc.option(fc.oneof(binaryKeys, armouredKeys)),
});

export const jobs: fc.Arbitrary<Job> = fc.record({
  runId: runIds,
  package: packageNames,
  suite: suiteNames,
  arch: archNames,
  backend: backendNames,
  variant: fc.option(suiteNames),
  trigger: fc.option(triggers),
  pins: fc.array(pins, { maxLength: 3 }),
  extraAptSources: fc.array(extraAptSources, { maxLength: 3 }),
  priority: fc.integer({ min: 0, max: 10 }),
  requestor: fc.option(fc.string()),
  private: fc.boolean(),
  origin: fc.oneof(
    fc.record({ kind: fc.constantFrom('cli' as const, 'api' as const, 'batch' as const) }),
    fc.record({ kind: fc.constant('retry' as const), of: runIds }),
  ),
  reasons: fc.array(
    fc.record({ package: packageNames, from: fc.option(fc.constant('1.0-1')), to: fc.option(fc.constant('1.0-2')) }),
    { maxLength: 2 },
  ),
});

/** What a worker of this name reports for an exit code. */
export function outcomeOf(worker: string, exitCode: number): Outcome {
  return {
    exitCode,
    ...verdict(exitCode),
    version: '1.0-1',
    durationSeconds: 7,
    finishedAt: '2026-05-01T10:00:00.000Z',
    worker,
    tests: [],
    logBytes: 1,
    artifactsBytes: 1,
    testbedDigest: null,
  };
}

/** A job that uses every field. */
export const sampleJob: Job = {
  runId: 17,
  package: 'hello',
  suite: 'unstable',
  arch: 'amd64',
  backend: 'unshare',
  variant: null,
  trigger: 'glibc/2.42-1',
  pins: [{ suite: 'experimental', packages: ['src:glibc', 'libc6'] }],
  extraAptSources: [],
  priority: 5,
  requestor: 'ann',
  private: true,
  origin: { kind: 'api' },
  reasons: [],
};
