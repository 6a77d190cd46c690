import { registerEnumType } from 'type-graphql';
import type { RunState } from '../projections/runs.js';
import type { Status as StatusWord } from '../domain/verdict.js';

/** Debian's words, as they are in feeds, JSON and on the command line. */
export const Status = { pass: 'pass', fail: 'fail', neutral: 'neutral', tmpfail: 'tmpfail' } as const satisfies Record<
  StatusWord,
  StatusWord
>;
registerEnumType(Status, {
  name: 'Status',
  description: "Debian's verdict on a finished run, from autopkgtest's exit code.",
  valuesConfig: {
    pass: { description: 'All tests passed; some may have been skipped.' },
    fail: { description: 'At least one test failed, or the package is erroneous.' },
    neutral: { description: 'There is nothing to say: no tests, or all were skipped.' },
    tmpfail: { description: 'The testbed or the worker failed, not the package; to be tried again.' },
  },
});

export const State = {
  pending: 'pending',
  running: 'running',
  finished: 'finished',
  cancelled: 'cancelled',
} as const satisfies Record<RunState, RunState>;
registerEnumType(State, {
  name: 'State',
  description: 'How far a run has come.',
  valuesConfig: {
    pending: { description: 'It waits for a worker.' },
    running: { description: "A worker has said that it runs it. (Debian's own workers do not say so.)" },
    finished: { description: 'It has a status.' },
    cancelled: { description: 'It was called off before it had a result.' },
  },
});

export const OpenState = { pending: 'pending', running: 'running' } as const;
registerEnumType(OpenState, { name: 'OpenState', description: 'How far a run has come that has not ended.' });
