import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checked } from '../../../src/application/input/checked.js';
import { EnqueueRequest, JobInput } from '../../../src/application/input/enqueue-request.js';
import { InvalidInputError } from '../../../src/domain/errors.js';
import * as rules from '../../../src/domain/rules.js';

const JOB = { package: 'hello', suite: 'unstable', arch: 'amd64', backend: 'lxc' };
const REQUEST = { type: 'enqueue', requestor: 'someone', origin: { kind: 'cli' }, jobs: [JOB] };
const ENTRY = 'deb http://deb.example.org/debian unstable main';

function fieldOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.violations[0]?.field;
    throw error;
  }
  return undefined;
}

describe('JobInput', () => {
  it('fills in what is usual', () => {
    expect(checked(JobInput, JOB)).toEqual({
      ...JOB,
      variant: null,
      trigger: null,
      pins: [],
      extraAptSources: [],
      priority: 5,
      backendByDefault: false,
      private: false,
      reasons: [],
    });
  });

  it('takes a job with all that one can say', () => {
    const job = {
      ...JOB,
      variant: 'foreign',
      trigger: 'glibc/2.42-1 & Ünïcode',
      pins: [{ suite: 'experimental', packages: ['src:glibc', 'libc6'] }],
      extraAptSources: [{ entry: ENTRY, signingKey: null }],
      priority: 0,
      backendByDefault: false,
      private: true,
      reasons: [{ package: 'glibc', from: null, to: '2.42-1' }],
    };
    expect(checked(JobInput, job)).toEqual(job);
  });

  it.each([
    ['package', rules.packageName],
    ['suite', rules.suiteName],
    ['arch', rules.archName],
    ['backend', rules.backendName],
    ['variant', rules.variantName],
    ['trigger', rules.trigger],
    ['priority', rules.priority],
    ['private', rules.yesOrNo],
  ])('refuses whatever breaks the rule of %s, and names it', (field, rule) => {
    const optional = ['variant', 'trigger'].includes(field);
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.double()), (value) => {
        fc.pre(!rule.accepts(value) && !(optional && value === null));
        expect(fieldOf(() => checked(JobInput, { ...JOB, [field]: value }))).toMatch(new RegExp(`^${field}`));
      }),
    );
  });

  it.each([
    ['pins[0].suite', { pins: [{ suite: '../etc', packages: ['hello'] }] }],
    ['pins[0].packages[1]', { pins: [{ suite: 'sid', packages: ['hello', 'src:'] }] }],
    ['pins[0].packages', { pins: [{ suite: 'sid', packages: [] }] }],
    ['pins', { pins: Array(101).fill({ suite: 'sid', packages: ['hello'] }) }],
    ['extraAptSources[0].entry', { extraAptSources: [{ entry: 'rm -rf /' }] }],
    ['extraAptSources[0].signingKey', { extraAptSources: [{ entry: ENTRY, signingKey: '<key>' }] }],
    ['reasons[0].to', { reasons: [{ package: 'hello', to: '1 2' }] }],
    ['runId', { runId: 1 }],
    ['trigger', { trigger: 'a\u001b[2Jb' }],
    ['trigger', { trigger: 'x'.repeat(513) }],
    ['priority', { priority: '5' }],
  ])('names %s', (field, part) => {
    expect(fieldOf(() => checked(JobInput, { ...JOB, ...part }))).toBe(field);
  });
});

describe('the rule of an extra apt source', () => {
  it.each([
    ENTRY,
    `${ENTRY} contrib\ndeb-src [arch=amd64 signed-by=/etc/key.gpg] https://deb.example.org/debian sid main\n`,
    'deb file:/srv/repo ./',
  ])('takes %j', (entry) => {
    expect(rules.aptSourceEntry.accepts(entry)).toBe(true);
  });

  it.each([
    '',
    '\n',
    'deb',
    'deb http://deb.example.org/debian',
    `${ENTRY}\n# comment`,
    `${ENTRY}\0`,
    `${ENTRY}\r`,
    `${ENTRY}\u202e`,
    `rpm ${ENTRY}`,
    'deb [ http://deb.example.org/debian sid main',
    'deb -o=x sid main',
    `${ENTRY} ${'x'.repeat(4096)}`,
    42,
  ])('refuses %j', (entry) => {
    expect(rules.aptSourceEntry.accepts(entry)).toBe(false);
  });
});

describe('the rule of a signing key', () => {
  const armoured = (kind: string): string =>
    `-----BEGIN PGP ${kind} KEY BLOCK-----\n\nmQINBF\n=abcd\n-----END PGP ${kind} KEY BLOCK-----\n`;

  it('takes a public key, armoured or as base64, and no private one', () => {
    expect(rules.signingKey.accepts(armoured('PUBLIC'))).toBe(true);
    expect(rules.signingKey.accepts('mQINBF+/aa\nbb==\n')).toBe(true);
    expect(rules.signingKey.accepts(armoured('PRIVATE'))).toBe(false);
    expect(rules.signingKey.accepts('A'.repeat(65_537))).toBe(false);
    expect(rules.signingKey.accepts('')).toBe(false);
  });

  it('decides on hostile text in no time', () => {
    const begun = performance.now();
    rules.signingKey.accepts(`${' '.repeat(65_000)}!`);
    rules.signingKey.accepts(
      `-----BEGIN PGP PUBLIC KEY BLOCK-----\n${'\n-----END PGP PUBLIC KEY BLOCK----'.repeat(1800)}`,
    );
    rules.aptSourceEntry.accepts(`deb http:${'\t '.repeat(2000)}[`);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('EnqueueRequest', () => {
  it('takes a request, and makes its jobs whole', () => {
    const request = checked(EnqueueRequest, REQUEST);
    expect(request.jobs[0]).toBeInstanceOf(JobInput);
    expect(request.jobs[0]?.priority).toBe(5);
  });

  it.each([{ kind: 'cli' }, { kind: 'api' }, { kind: 'batch' }, { kind: 'retry', of: 7 }])(
    'takes origin %j',
    (origin) => {
      expect(checked(EnqueueRequest, { ...REQUEST, origin }).origin).toEqual(origin);
    },
  );

  it.each([
    ['type', { type: 'cancel' }],
    ['requestor', { requestor: 'a\nb' }],
    ['origin', { origin: null }],
    ['origin', { origin: { kind: 'cli', of: 1 } }],
    ['origin', { origin: { kind: 'retry' } }],
    ['origin', { origin: { kind: 'retry', of: 0 } }],
    ['origin', { origin: JSON.parse('{"kind":"cli","__proto__":{}}') as unknown }],
    ['jobs', { jobs: [] }],
    ['jobs', { jobs: {} }],
    ['jobs', { jobs: Array(10_001).fill(JOB) }],
    ['jobs[1].package', { jobs: [JOB, { ...JOB, package: 'Hello' }] }],
    ['jobs[1]', { jobs: [JOB, null] }],
  ])('names %s', (field, part) => {
    expect(fieldOf(() => checked(EnqueueRequest, { ...REQUEST, ...part }))).toBe(field);
  });

  it('checks 5,000 jobs in well under half a second of processor time', () => {
    const jobs = Array.from({ length: 5_000 }, (_, i) => ({
      ...JOB,
      package: `package${i}`,
      trigger: 'glibc/2.42-1',
      pins: [{ suite: 'experimental', packages: ['src:glibc'] }],
    }));
    const milliseconds = [1, 2, 3].map(() => {
      const begun = process.cpuUsage();
      checked(EnqueueRequest, { ...REQUEST, jobs });
      return process.cpuUsage(begun).user / 1000;
    });
    expect(Math.min(...milliseconds)).toBeLessThan(400);
  });
});
