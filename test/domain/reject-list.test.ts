import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/domain/errors.js';
import { parseRejectList, RejectedPackageError, rejection } from '../../src/domain/reject-list.js';

const candidate = { package: 'libxml2', suite: 'unstable', arch: 'amd64' };
const rejects = (list: string, given: Partial<typeof candidate & { version: string }> = {}): boolean =>
  rejection(parseRejectList(list, 'reject_list'), { ...candidate, ...given }) !== null;

describe('a reject list', () => {
  it('holds packages, and where they are not to be tested, with the comment above as the reason', () => {
    const text = '# breaks the\n#  testbed\nlibxml2 unstable\ndpkg * arm64 1.2-3\n\n# alone\n\napt\n';
    expect(parseRejectList(text, 'reject_list')).toEqual([
      { package: 'libxml2', suite: 'unstable', arch: '*', version: '*', reason: 'breaks the testbed' },
      { package: 'dpkg', suite: '*', arch: 'arm64', version: '1.2-3', reason: 'breaks the testbed' },
      { package: 'apt', suite: '*', arch: '*', version: '*', reason: null },
    ]);
  });

  it('begins a new reason with a comment that stands below an entry', () => {
    const reasons = parseRejectList('# one\na1\n# two\nb1\n', 'reject_list').map(({ reason }) => reason);
    expect(reasons).toEqual(['one', 'two']);
  });

  it('names the lines that are wrong', () => {
    expect(() => parseRejectList('hello\na b c d e\nhello;rm\n', 'reject_list')).toThrow(InvalidInputError);
    expect(() => parseRejectList('hello\na b c d e\nhello;rm\n', 'reject_list')).toThrow(
      /^reject_list:2: .*\nreject_list:3: /,
    );
  });

  it('rejects by name, suite and arch, whatever is left out', () => {
    expect(rejects('libxml2')).toBe(true);
    expect(rejects('libxml2 unstable amd64')).toBe(true);
    expect(rejects('libxml2 testing')).toBe(false);
    expect(rejects('libxml2 * arm64')).toBe(false);
    expect(rejects('libxml')).toBe(false);
  });

  it('takes * for any text, also within names', () => {
    expect(rejects('*')).toBe(true);
    expect(rejects('lib*2')).toBe(true);
    expect(rejects('*xml*')).toBe(true);
    expect(rejects('lib*x*2')).toBe(true);
    expect(rejects('lib*3')).toBe(false);
    expect(rejects('libxml2*2')).toBe(false);
  });

  it('leaves a package alone where only another, or an unknown, version is meant', () => {
    expect(rejects('libxml2 * * 2.9*')).toBe(false);
    expect(rejects('libxml2 * * 2.9*', { version: '2.9.14-1' })).toBe(true);
    expect(rejects('libxml2 * * 2.9*', { version: '2.12-1' })).toBe(false);
    expect(rejects('libxml2', { version: '2.12-1' })).toBe(true);
  });

  it('matches as a regular expression would', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
        expect(rejects(pattern, { package: name })).toBe(expected);
      }),
    );
  });

  it('tells what it rejects and why, harmless to a terminal', () => {
    const entry = { package: '*', suite: '*', arch: '*', version: '*', reason: 'no \u001b[31mway' };
    const error = new RejectedPackageError([{ candidate, entry }]);
    expect(error.message).toBe('libxml2 unstable/amd64 is on the reject list: no \\u001b[31mway');
    expect(error.code).toBe('E_REJECTED');
  });
});
