import { plainText } from './colours.js';

/** A part of autopkgtest's log, from one of its headings to the next. */
export interface Section {
  readonly title: string;
  /** The test that it is about; null for what is about the testbed or the whole run. */
  readonly test: string | null;
  readonly lines: number;
  /** What went wrong is told here. */
  readonly failed: boolean;
}

/** What is known of a run before its log is read. */
export interface Verdict {
  /** It failed, for whatever reason. */
  readonly failed: boolean;
  readonly failedTests: ReadonlySet<string>;
}

/** A log that has more is odd; then the last one holds the rest. */
const MOST_SECTIONS = 400;

type Open = { -readonly [Key in keyof Section]: Section[Key] };

/** The sections of a log, in its order. They hold all its lines. */
export async function outlineOf(lines: AsyncIterable<readonly string[]>, verdict: Verdict): Promise<Section[]> {
  const sections: Open[] = [];
  for await (const batch of lines) for (const line of batch) take(sections, line, verdict);
  if (verdict.failed && !sections.some(({ failed }) => failed)) {
    const last = sections.findLast(({ title }) => title !== SUMMARY);
    if (last) last.failed = true;
  }
  return sections;
}

function take(sections: Open[], line: string, { failedTests }: Verdict): void {
  // Most lines are the programs' own; looking at each closely would cost more than all else.
  const own = line.includes('autopkgtest [') ? OURS.exec(plainText(line))?.[1] : undefined;
  const heading = own === undefined || sections.length >= MOST_SECTIONS ? null : headingOf(own);
  const before = sections.at(-1);
  const section = heading || !before ? begun(heading ?? START, failedTests) : before;
  if (section !== before) sections.push(section);
  section.lines += 1;
  section.failed ||= own?.startsWith('ERROR: ') === true || line.startsWith('badpkg: ');
}

function begun({ title, test, tells }: Heading, failedTests: ReadonlySet<string>): Open {
  return { title, test, lines: 0, failed: tells && test !== null && failedTests.has(test) };
}

const SUMMARY = 'summary';
/** A line of autopkgtest's own, maybe after the seconds since the beginning. */
const OURS = /^(?: *\d+s )?autopkgtest \[[\d :-]+\]: (.*)$/;
const WHOLE_RUN = /^@{10,} (.+)$/;
const PREPARING = /^test (.+): preparing testbed$/;
const BEGINS = /^test (.+): \[-{10,}$/;
const AFTERWARDS = /^test (.+): {1,2}(?:- ){5,}(\w+) (?:- ?){5,}$/;

interface Heading {
  readonly title: string;
  readonly test: string | null;
  /** Whether a failure of the test is told there. */
  readonly tells: boolean;
}

const START: Heading = { title: 'start', test: null, tells: false };

function headingOf(text: string): Heading | null {
  const whole = WHOLE_RUN.exec(text)?.[1];
  if (whole !== undefined) return { title: whole, test: null, tells: false };
  const prepared = PREPARING.exec(text)?.[1];
  if (prepared !== undefined) return { title: `test ${prepared}: preparing testbed`, test: prepared, tells: false };
  const begun = BEGINS.exec(text)?.[1];
  if (begun !== undefined) return { title: `test ${begun}`, test: begun, tells: true };
  const [, test, what] = AFTERWARDS.exec(text) ?? [];
  return test === undefined || what === undefined ? null : { title: `test ${test}: ${what}`, test, tells: true };
}
