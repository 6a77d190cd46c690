import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logHtml, SHOWN_LINES } from '../../../src/web/log/page-log.js';
import { collect } from '../../support/events.js';

type Piece = string | Uint8Array;

async function* bytesOf(pieces: readonly Piece[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

interface Given {
  readonly failedTests?: readonly string[];
  readonly failed?: boolean;
}

async function html(pieces: readonly Piece[], { failedTests = [], failed = false }: Given = {}): Promise<string> {
  const verdict = { failed, failedTests: new Set(failedTests) };
  return (await collect(logHtml({ read: () => bytesOf(pieces), rawHref: '/raw', verdict }))).join('');
}

/** What a reader sees of the lines, without their numbers. */
function linesOf(page: string): string[] {
  return [...page.matchAll(/<span id="L\d+"><a [^>]*>\d+<\/a>(.*?)\n<\/span>/gs)].map(([, line = '']) => line);
}

/** The sections' titles; those that are open have a star. */
function sectionsOf(page: string): string[] {
  const sections = page.matchAll(/<details class="fold"[^>]*?( open)?><summary><bdi>(.*?)<\/bdi>/g);
  return [...sections].map(([, open, title = '']) => (open === undefined ? title : `${title}*`));
}

const at = (text: string): string => `autopkgtest [12:00:00]: ${text}\n`;
const LOG = [
  at('starting date and time: 2026-01-01 12:00:00+0000'),
  at('@@@@@@@@@@@@@@@@@@@@ test bed setup'),
  'Reading package lists...\n',
  at('@@@@@@@@@@@@@@@@@@@@ apt-source hello'),
  at('test upstream: preparing testbed'),
  at('test upstream: [-----------------------'),
  'not ok 1\n',
  at('test upstream: -----------------------]'),
  at('test upstream:  - - - - - - - - - - results - - - - - - - - - -'),
  'upstream             FAIL non-zero exit status 1\n',
  at('test upstream:  - - - - - - - - - - stderr - - - - - - - - - -'),
  'oh\n',
  at('test smoke: [-----------------------'),
  at('@@@@@@@@@@@@@@@@@@@@ summary'),
  'upstream             FAIL non-zero exit status 1\nsmoke                PASS\n',
].join('');

describe('the log of a page', () => {
  it('folds at autopkgtest’s headings; what tells of the failure is open', async () => {
    const titles = ['start', 'test bed setup', 'apt-source hello', 'test upstream: preparing testbed'];
    const failing = ['test upstream*', 'test upstream: results*', 'test upstream: stderr*', 'test smoke', 'summary'];
    const page = await html([LOG], { failed: true, failedTests: ['upstream'] });
    expect(sectionsOf(page)).toEqual([...titles, ...failing]);
    expect(linesOf(page).join('\n')).toBe(LOG.trimEnd());
    expect(page).toContain('<details class="fold" id="test-upstream" open>');
    expect(sectionsOf(await html([LOG])).some((title) => title.endsWith('*'))).toBe(false);
  });

  it('knows headings behind the seconds that some workers put before each line, and in Debian’s way of dates', async () => {
    const heading = '  7s autopkgtest [2026-01-01 12:00:00]: @@@@@@@@@@@@@@@@@@@@ test bed setup\n';
    expect(sectionsOf(await html(['begin\n', heading]))).toEqual(['start', 'test bed setup']);
  });

  it('opens where autopkgtest gave up, or, where it does not say, the end', async () => {
    const broken = [
      at('@@@@@@@@@@ test bed setup'),
      at('ERROR: erroneous package: no such source'),
      at('@@@@@@@@@@ summary'),
    ];
    expect(sectionsOf(await html(broken, { failed: true }))).toEqual(['test bed setup*', 'summary']);
    const cut = [at('@@@@@@@@@@ test bed setup'), at('@@@@@@@@@@ apt-source hello'), 'Killed\n'];
    expect(sectionsOf(await html(cut, { failed: true }))).toEqual(['test bed setup', 'apt-source hello*']);
  });

  it('opens a log that has no sections', async () => {
    expect(sectionsOf(await html(['a\nb']))).toEqual(['start*']);
    expect(await html([])).toBe('');
  });

  it('numbers lines, and each number links to its line', async () => {
    expect(await html(['a\nb\n'])).toContain('<span id="L2"><a href="#L2" tabindex="-1">2</a>b\n</span>');
  });

  it('is the same however the log is cut into pieces, which may end within a character', async () => {
    const bytes = Buffer.from(`${LOG}über\r\n50%\r100%\n`);
    const whole = await html([bytes]);
    expect(linesOf(whole).slice(-2)).toEqual(['über', '100%']);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 20 }), async (cuts) => {
        const ends = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = ends.slice(1).map((end, place) => bytes.subarray(ends[place], end));
        expect(await html(pieces)).toBe(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('has the colours of a terminal as classes, from one line to the next', async () => {
    const [red, still, plain] = linesOf(await html(['a \u001b[1;31mred\n<still>\u001b[0m\nplain\n']));
    expect(red).toBe('a <span class="bold c1">red</span>');
    expect(still).toBe('<span class="bold c1">&lt;still&gt;</span>');
    expect(plain).toBe('plain');
  });

  it.each([
    ['\u001b[92;44mx', '<span class="c10 b4">x</span>'],
    ['\u001b[38;5;9mx\u001b[39my', '<span class="c9">x</span>y'],
    ['\u001b[48;5;200;1mx\u001b[22my', '<span class="bold">x</span>y'],
    ['\u001b[38;2;1;2;3mx', 'x'],
    ['\u001b[4mx\u001b[24my', '<span class="underline">x</span>y'],
    ['\u001b]8;;https://example.org\u0007link\u001b]8;;\u0007', 'link'],
    ['\u001b[2Jcleared\u001b[?25l', 'cleared'],
    ['\u001b[38m\u001b[;mx\u001b', 'x'],
    ['\u0000\u0007\u202e\u2066x\ty', 'x\ty'],
  ])('of %j shows %j', async (line, shown) => {
    expect(linesOf(await html([`${line}\n`]))).toEqual([shown]);
  });

  it('tells how much of a very long line is left out', async () => {
    const [line = ''] = linesOf(await html(Array.from({ length: 40 }, () => 'x'.repeat(10_000))));
    expect(line).toBe(`${'x'.repeat(4000)} … (396000 more characters)`);
  });

  it('survives bytes that are no text', async () => {
    expect(linesOf(await html([Uint8Array.of(0xff, 0xfe, 0x41)]))).toEqual(['\ufffd\ufffdA']);
  });

  it('shows a part of a long log, most of it where it failed, and says what is left out', async () => {
    const noise = 'noise\n'.repeat(30_000);
    const log = [at('@@@@@@@@@@ test bed setup'), noise, at('test a: [-----------------------'), noise, 'the end\n'];
    const page = await html(log, { failed: true, failedTests: ['a'] });
    const lines = linesOf(page);
    expect(lines.length).toBeLessThanOrEqual(SHOWN_LINES);
    expect(lines.at(-1)).toBe('the end');
    expect(page).toContain('<span id="L60003">');
    expect(page).toContain('26001 lines are left out here; <a href="/raw">the raw log</a> has them');
  });

  it('has no more sections than a page can show, whatever the log says', async () => {
    const page = await html([at('@@@@@@@@@@ again').repeat(5000)]);
    expect(sectionsOf(page).length).toBe(400);
    expect(linesOf(page).length).toBeGreaterThan(4000);
  });

  it('holds no markup but its own, whatever log, tests and headings say', async () => {
    const evil = fc.constantFrom(
      '</pre>',
      '</details><script>x()</script>',
      '" onclick="x()',
      "'",
      '&lt;',
      '\u001b[31m',
      '\u001b[',
      'm',
      '\r',
      '\n',
      '\u0000',
      'ok',
    );
    const text = fc
      .array(fc.oneof(evil, fc.string({ maxLength: 5 })), { maxLength: 12 })
      .map((parts) => parts.join(''));
    const heading = fc.oneof(
      text.map((name) => at(`test ${name}: [-----------------------`)),
      text.map((name) => at(`@@@@@@@@@@@@@@@@@@@@ ${name}`)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(text, heading), { maxLength: 12 }),
        fc.array(text),
        async (log, failedTests) => {
          const page = await html(log, { failed: true, failedTests });
          expect(page.replace(OUR_MARKUP, '')).not.toMatch(/[<>"']/);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Every tag that a log may come with, in the only forms that there are. */
const OUR_MARKUP = new RegExp(
  [
    '<details class="fold"(?: id="test-[A-Za-z0-9%._~!*()-]*(?:&#39;[A-Za-z0-9%._~!*()-]*)*")?(?: open)?>',
    '</?(?:summary|bdi|pre)>|</(?:details|span|a|p)>|<pre class="lines">|<p class="gap">|<a href="/raw">',
    '<span (?:id="L\\d+"|class="(?:count|fold-failed|(?:(?:[cb]\\d{1,2}|bold|dim|italic|underline|inverse) ?)+)"|aria-hidden="true")>',
    '<a href="#L\\d+" tabindex="-1">',
  ].join('|'),
  'g',
);
