/** What all benchmarks share: each measures ours beside a peer that does the same work, in the same run, turn by turn. */

/** Rates (or any figure of one unit, larger is better). */
export interface Comparison {
  readonly name: string;
  readonly ours: number;
  readonly peer: number;
  /** ours / peer. */
  readonly ratio: number;
  /** The least ratio that is good enough. */
  readonly bound: number;
}

/** A figure with a limit of its own, for what has no peer. */
export interface Limited {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The most, or the least, that is good enough. */
  readonly atMost?: number;
  readonly atLeast?: number;
}

export type Measured = Comparison | Limited;

/** The middle value; of an even number of them, the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new Error('no values');
  return (low + high) / 2;
}

/** How long the work takes, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs `count` pieces of work; how many a second. */
export async function rate(count: number, work: () => unknown): Promise<number> {
  return (count / (await timed(work))) * 1000;
}

/**
 * Takes turns, so that both meet the same noise of the machine; medians of all rounds but the first, which warms up.
 * @param ours,peer Each does one round and gives its figure.
 */
export async function compare(
  name: string,
  bound: number,
  rounds: number,
  ours: () => Promise<number>,
  peer: () => Promise<number>,
): Promise<Comparison> {
  const figures: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  for (let round = 0; round <= rounds; round++) {
    const peerFigure = await peer();
    const ourFigure = await ours();
    if (round === 0) continue;
    figures.peer.push(peerFigure);
    figures.ours.push(ourFigure);
  }
  const [ourMedian, peerMedian] = [median(figures.ours), median(figures.peer)];
  return { name, ours: ourMedian, peer: peerMedian, ratio: ourMedian / peerMedian, bound };
}

const figure = (value: number): string => Math.round(value).toLocaleString('en');

/** One line of the table. */
export function tableLine(measured: Measured): string {
  return 'ratio' in measured ? comparisonLine(measured) : limitedLine(measured);
}

/** `name  value unit  bound` */
function limitedLine({ name, value, unit, atMost = Infinity, atLeast = -Infinity }: Limited): string {
  const verdict = value <= atMost && value >= atLeast ? '' : '  MISSED';
  const bound = atMost < Infinity ? `<= ${figure(atMost)} ${unit}` : `>= ${figure(atLeast)} ${unit}`;
  return [name.padEnd(44), `${figure(value)} ${unit}`.padStart(10), ' '.repeat(18), `${bound}${verdict}`].join('  ');
}

/** `name  ours  peer  ratio  bound` */
function comparisonLine({ name, ours, peer, ratio, bound }: Comparison): string {
  const verdict = ratio >= bound ? '' : '  MISSED';
  return [
    name.padEnd(44),
    figure(ours).padStart(10),
    figure(peer).padStart(10),
    ratio.toFixed(2).padStart(6),
    `>= ${bound.toFixed(2)}${verdict}`,
  ].join('  ');
}

export const TABLE_HEAD = [''.padEnd(44), 'ours'.padStart(10), 'peer'.padStart(10), 'ratio'.padStart(6), 'bound'].join(
  '  ',
);
