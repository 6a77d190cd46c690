/** Debian's four verdicts on a finished run. */
export type Status = 'pass' | 'fail' | 'neutral' | 'tmpfail';
export const STATUSES: readonly Status[] = ['pass', 'fail', 'neutral', 'tmpfail'];

export interface Verdict {
  readonly status: Status;
  /** One sentence for people. */
  readonly message: string;
}

/** autopkgtest(1), EXIT STATUS. Codes that are not here are unexpected. */
const VERDICTS: Readonly<Record<number, Verdict>> = {
  0: { status: 'pass', message: 'All tests passed' },
  2: { status: 'pass', message: 'Tests passed, at least one was skipped' },
  4: { status: 'fail', message: 'At least one test failed' },
  6: { status: 'fail', message: 'At least one test failed and at least one was skipped' },
  8: { status: 'neutral', message: 'The package has no tests, or all were skipped' },
  12: { status: 'fail', message: 'Erroneous package' },
  14: { status: 'fail', message: 'Erroneous package, and at least one test was skipped' },
  16: { status: 'tmpfail', message: 'Testbed failure' },
  20: { status: 'tmpfail', message: 'Unexpected failure of autopkgtest' },
};

/** autopkgtest's code for "something unexpected happened", which also stands for a missing exit code. */
export const UNEXPECTED_EXIT_CODE = 20;

/** Debian's reading of autopkgtest's exit code. */
export function verdict(exitCode: number): Verdict {
  return VERDICTS[exitCode] ?? { status: 'tmpfail', message: `Unexpected autopkgtest exit code ${exitCode}` };
}
