import { duration, type Terminal } from './output.js';

/** What is shorter than this needs no display. */
const PATIENCE_MS = 2_000;
const FRAME_MS = 100;
const LINE_MS = 10_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const CLEAR_LINE = '\r\u001b[K';

/** How far something long has come. */
export interface Progress {
  /** @param total if known; of the same kind as `done`. */
  update(done: number, total?: number): void;
  /** What is done from now on, in place of the label. */
  say(label: string): void;
  /** Takes the display away. Safe to repeat. */
  stop(): void;
}

/** For --quiet and --json. */
export const noProgress: Progress = { update: () => undefined, say: () => undefined, stop: () => undefined };

/**
 * Shows on the stream (stderr) that something goes on, from 2 s after its start:
 * on a terminal one line that moves, elsewhere a line every 10 s.
 * @param label what is done, as `Building the testbed`.
 * @param options `rate`: also how many a second.
 */
export function startProgress(label: string, stream: Terminal, { rate = false } = {}): Progress {
  const begun = performance.now();
  let doing = label;
  let counter = '';
  let frame = 0;
  let shown = false;
  const text = (): string => `${doing}${counter} (${duration((performance.now() - begun) / 1000)})`;
  const draw = (): void => {
    shown = true;
    const spinner = FRAMES[frame++ % FRAMES.length] ?? '';
    stream.write(stream.isTTY ? `${CLEAR_LINE}${spinner} ${text()}` : `${text()}\n`);
  };
  let timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, stream.isTTY ? FRAME_MS : LINE_MS).unref();
  }, PATIENCE_MS).unref();
  return {
    update: (done, total) => {
      counter = total === undefined ? `: ${done}` : `: ${done} of ${total}`;
      if (rate) counter += `, ${perSecond(done, begun)}/s`;
    },
    say: (next) => {
      doing = next;
      counter = '';
    },
    stop: () => {
      clearTimeout(timer);
      if (shown && stream.isTTY) stream.write(CLEAR_LINE);
      shown = false;
    },
  };
}

function perSecond(done: number, begun: number): string {
  return Math.round((1000 * done) / Math.max(1, performance.now() - begun)).toLocaleString('en');
}
