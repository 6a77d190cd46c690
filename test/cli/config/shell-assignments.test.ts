import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAssignments, quoteValue } from '../../../src/cli/config/shell-assignments.js';
import { InvalidInputError } from '../../../src/domain/errors.js';

const value = (text: string): string | undefined => parseAssignments(`debci_key=${text}`, 'debci.conf')[0]?.value;
const oneLine = fc
  .oneof(fc.stringMatching(/^['"\\$`#~: \t;&|a-z]{0,12}$/), fc.string({ unit: 'grapheme' }))
  .filter((text) => !/[\n\r\0\u2028\u2029]/.test(text));

describe('parseAssignments', () => {
  it('reads Debian-like files', () => {
    const text = [
      '# comment',
      '',
      'debci_arch=amd64',
      '  export debci_suite="unstable"   # why',
      "debci_distro_name='Debian GNU/Linux'",
      'debci_quiet=',
    ].join('\n');
    expect(parseAssignments(text, 'debci.conf')).toEqual([
      { name: 'debci_arch', value: 'amd64', line: 3 },
      { name: 'debci_suite', value: 'unstable', line: 4 },
      { name: 'debci_distro_name', value: 'Debian GNU/Linux', line: 5 },
      { name: 'debci_quiet', value: '', line: 6 },
    ]);
  });

  it.each([
    [`a'b c'"d e"f`, 'ab cd ef'],
    [`a\\ b`, 'a b'],
    [`a\\$b`, 'a$b'],
    [`"a\\$b\\"c\\\\d\\e"`, 'a$b"c\\d\\e'],
    [`'$HOME \`id\`'`, '$HOME `id`'],
    ['a#b', 'a#b'],
    ['a #b', 'a'],
  ])('reads %s', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it.each([
    '$HOME',
    '"$HOME"',
    '`id`',
    '"`id`"',
    '$(id)',
    'a b',
    'a;b',
    'a&',
    'a|b',
    'a>b',
    '(a)',
    '~/data',
    'a:~/data',
    "'open",
    '"open',
    'a\\',
  ])('refuses %s, naming file and line', (text) => {
    expect(() => parseAssignments(`\ndebci_key=${text}`, '/etc/debci/debci.conf')).toThrow(
      '/etc/debci/debci.conf:2: "debci_key…"',
    );
  });

  it.each(['debci_key', 'echo hello', 'debci_key = value', '. /etc/other', 'debci-key=1', 'export'])(
    'refuses the line %s, which is no assignment',
    (line) => {
      expect(() => parseAssignments(line, 'debci.conf')).toThrow(/^debci\.conf:1: /);
    },
  );

  it('does not show a value that it refuses: it may be a secret', () => {
    for (const line of ['debci_session_secret="hush$"', 'debci_session_secret = hush', 'debci_session_secret hush']) {
      expect(() => parseAssignments(line, 'f')).toThrow(expect.not.stringContaining('hush'));
    }
  });

  it('reports every bad line', () => {
    expect(() => parseAssignments('a\nb=1\nc', 'f')).toThrow(/f:1: .*\nf:3: /);
  });

  it('reads back any quoted value', () => {
    fc.assert(
      fc.property(oneLine, (text) => {
        expect(value(quoteValue(text))).toBe(text);
        expect(value(`${quoteValue(text)} # comment`)).toBe(text);
      }),
    );
  });

  it('agrees with a shell on whatever it accepts', () => {
    const texts = fc.sample(oneLine, 2_000).filter((text) => {
      try {
        return value(text) !== undefined;
      } catch {
        return false;
      }
    });
    expect(texts.length).toBeGreaterThan(100);
    const script = texts.map((text) => `debci_key=${text}\nprintf '%s\\n' "$debci_key"`).join('\n');
    const printed = execFileSync('sh', { input: script, encoding: 'utf8' }).split('\n').slice(0, -1);
    expect(printed).toEqual(texts.map(value));
  });

  it('decides on a hostile line in no time', () => {
    const begun = performance.now();
    for (const text of ["'".repeat(50_001), '"\\'.repeat(50_000), 'a '.repeat(50_000), ' '.repeat(50_000) + 'x']) {
      expect(() => value(text)).toThrow(InvalidInputError);
    }
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});
