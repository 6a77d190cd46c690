import type { Status } from '../../../domain/verdict.js';
import type { StatusCounts } from '../../../projections/views.js';

/**
 * Charts as SVG, whose markup is in the templates: paths in a field of 1000 × 100 that the stylesheet stretches, so that
 * only numbers of ours come into it. Text stands beside it as HTML.
 */
const WIDTH = 1000;
const HEIGHT = 100;

export interface Area {
  /** The stylesheet's word for its colour. */
  readonly name: string;
  readonly path: string;
}

/** A day's field, which tells its numbers when pointed at. */
interface DayField {
  readonly x: number;
  readonly width: number;
  readonly text: string;
}

export interface Chart {
  readonly areas: readonly Area[];
  readonly days: readonly DayField[];
  /** What the top of the field stands for. */
  readonly top: number;
}

/** From the ground up: what one looks for stands on a straight line. */
const STACKED: readonly Status[] = ['fail', 'tmpfail', 'neutral', 'pass'];

const short = (value: number): number => Math.round(value * 10) / 10;

function fields(texts: readonly string[]): DayField[] {
  const width = WIDTH / Math.max(1, texts.length);
  return texts.map((text, index) => ({ x: short(index * width), width: short(width), text }));
}

/** What the ground (default: 0) and the top of a chart's field stand for. */
interface Field {
  readonly ground?: number;
  readonly top: number;
}

/** From point to point; of one point, a level line. */
function points(values: readonly number[], { ground = 0, top }: Field): string[] {
  const shown = values.length === 1 ? [...values, ...values] : values;
  const y = (value: number): number => short(HEIGHT - ((value - ground) / (top - ground)) * HEIGHT);
  return shown.map((value, index) => `${short((index / (shown.length - 1)) * WIDTH)} ${y(value)}`);
}

/** Packages by status, one on the other. */
export function stackedChart(days: readonly { readonly counts: StatusCounts; readonly text: string }[]): Chart {
  const sums = days.map(({ counts }) => STACKED.reduce((sum, status) => sum + counts[status], 0));
  const top = niceTop(Math.max(0, ...sums));
  const ground = days.map(() => 0);
  const areas = STACKED.map((status) => {
    const below = points(ground, { top }).reverse();
    for (const [index, { counts }] of days.entries()) ground[index] = (ground[index] ?? 0) + counts[status];
    return { name: status, path: `M${[...points(ground, { top }), ...below].join('L')}Z` };
  });
  return { areas, days: fields(days.map(({ text }) => text)), top };
}

/** Some values a day, each a line of its own. */
export function lineChart(
  days: readonly { readonly values: readonly number[]; readonly text: string }[],
  names: readonly string[],
  field: Field = { top: niceTop(Math.max(0, ...days.flatMap(({ values }) => values))) },
): Chart {
  const areas = names.map((name, index) => {
    return {
      name,
      path: `M${points(
        days.map(({ values }) => values[index] ?? 0),
        field,
      ).join('L')}`,
    };
  });
  return { areas, days: fields(days.map(({ text }) => text)), top: field.top };
}

const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The next round number. */
export function niceTop(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ROUND.map((step) => step * power).find((step) => step >= value) ?? value;
}
