import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applies, parseAlternatives, parseDependency, splitField } from '../../src/domain/dependency.js';

const PLAIN = { qualifier: null, version: null, arches: [], profiles: [] };

describe('a dependency', () => {
  it.each([
    ['libc6', { ...PLAIN, package: 'libc6' }],
    ['python3:any', { ...PLAIN, package: 'python3', qualifier: 'any' }],
    ['libc6 (>= 2.36)', { ...PLAIN, package: 'libc6', version: { relation: '>=', wanted: '2.36' } }],
    ['libc6(>=2.36)', { ...PLAIN, package: 'libc6', version: { relation: '>=', wanted: '2.36' } }],
    ['old (< 1)', { ...PLAIN, package: 'old', version: { relation: '<=', wanted: '1' } }],
    ['gcc [amd64 arm64]', { ...PLAIN, package: 'gcc', arches: ['amd64', 'arm64'] }],
    [
      'gcc [!armel] <!nocheck> <cross !nodoc>',
      {
        ...PLAIN,
        package: 'gcc',
        arches: ['!armel'],
        profiles: [['!nocheck'], ['cross', '!nodoc']],
      },
    ],
    [
      'perl:native (>> 5~) [linux-any] <x>',
      {
        package: 'perl',
        qualifier: 'native',
        version: { relation: '>>', wanted: '5~' },
        arches: ['linux-any'],
        profiles: [['x']],
      },
    ],
  ])('is read from %j', (text, expected) => {
    expect(parseDependency(text)).toEqual(expected);
  });

  it.each(['', '(>= 1)', 'a b', 'libc6 (>= )', 'libc6 (~ 1)', '${misc:Depends}', 'a | b'])(
    'is not read from %j',
    (text) => {
      expect(parseDependency(text)).toBeNull();
    },
  );

  it('never takes long to read, whatever the text', () => {
    const pieces = fc.array(fc.constantFrom('a', ' ', '(', ')', '<', '>', '[', ']', ':', '=', '1', '!'), {
      minLength: 2000,
      maxLength: 4000,
    });
    fc.assert(
      fc.property(pieces, (all) => {
        parseAlternatives(all.join(''));
      }),
      { numRuns: 50 },
    );
  });

  it('comes with its alternatives, and these with what else is needed', () => {
    const names = splitField(' exim4 | mail-transport-agent,\n libc6 (>= 2.36) , ').map((text) =>
      parseAlternatives(text).map(({ package: name }) => name),
    );
    expect(names).toEqual([['exim4', 'mail-transport-agent'], ['libc6']]);
  });

  it.each([
    ['a', true],
    ['a [amd64]', true],
    ['a [armel armhf]', false],
    ['a [!armel !armhf]', true],
    ['a [!amd64]', false],
    ['a [any-amd64]', true],
    ['a [linux-any]', true],
    ['a <!nocheck>', true],
    ['a <cross>', false],
    ['a <cross> <!nodoc>', true],
  ])('%j counts on amd64: %s', (text, expected) => {
    expect(applies(parseDependency(text)!, 'amd64')).toBe(expected);
  });
});
