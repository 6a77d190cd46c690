import { resolve, sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPin, packagePrefix, parsePin, runFolder } from '../../src/domain/job.js';
import { jobs, pins } from './arbitraries.js';

describe('the prefix of a package', () => {
  it.each([
    ['hello', 'h'],
    ['0ad', '0'],
    ['libxml2', 'libx'],
    ['lib3ds', 'lib3'],
    ['libreoffice', 'libr'],
    ['lib', 'l'],
    ['liba', 'liba'],
    ['li', 'l'],
  ])('of %s is %s', (name, prefix) => {
    expect(packagePrefix(name)).toBe(prefix);
  });
});

describe('the folder of a run', () => {
  it("is Debian's", () => {
    const job = { suite: 'unstable', arch: 'amd64', package: 'libxml2', runId: 544 };
    expect(runFolder(job)).toBe('autopkgtest/unstable/amd64/libx/libxml2/544');
  });

  it('is inside the data folder, six levels deep, and of this run only, whatever the job', () => {
    fc.assert(
      fc.property(jobs, (job) => {
        const below = resolve('/data', runFolder(job)).split(sep).slice(2);
        expect(below).toEqual([
          'autopkgtest',
          job.suite,
          job.arch,
          packagePrefix(job.package),
          job.package,
          String(job.runId),
        ]);
      }),
    );
  });
});

describe('a pin', () => {
  it("is read in Debian's form", () => {
    expect(parsePin('unstable=src:glibc,libc6')).toEqual({ suite: 'unstable', packages: ['src:glibc', 'libc6'] });
  });

  it.each(['', '=', 'unstable', 'unstable=', '=libc6', 'a=b=c', 'unstable=libc6 dpkg', 'un stable=libc6', 'a=b\n'])(
    'is not %j',
    (text) => {
      expect(parsePin(text)).toBeNull();
    },
  );

  it('that was written is read again, whatever it pins', () => {
    fc.assert(
      fc.property(pins, (pin) => {
        expect(parsePin(formatPin(pin))).toEqual(pin);
      }),
    );
  });

  it('that is read is written again the same, whatever the text', () => {
    const texts = fc.string({ unit: fc.constantFrom(...Array.from('ab=,: \n')) });
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), (text) => {
        const pin = parsePin(text);
        if (pin !== null) expect(formatPin(pin)).toBe(text);
      }),
    );
  });
});
