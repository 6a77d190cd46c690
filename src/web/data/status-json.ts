import type { DayCounts } from '../../projections/views.js';

/** How many packages of a suite and arch had which status at the end of a day. */
export interface StatusJson {
  readonly date: string;
  readonly pass: number;
  readonly fail: number;
  readonly neutral: number;
  readonly tmpfail: number;
  readonly total: number;
}

/** Debian's form. The date is the day's beginning. */
export function statusJson({ day, packages }: DayCounts): StatusJson {
  const { pass, fail, neutral, tmpfail } = packages;
  return { date: `${day}T00:00:00.000Z`, pass, fail, neutral, tmpfail, total: pass + fail + neutral + tmpfail };
}
