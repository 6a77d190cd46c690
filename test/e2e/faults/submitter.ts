import type { Random } from '../../../bench/random.js';
import type { Ended } from '../../support/debci.js';
import type { Fleet } from './fleet.js';
import type { LogWatch } from './log-watch.js';

const JOBS_A_CALL = 10;
/** So many jobs may wait, so that the submitter lasts as long as the work. */
const BACKLOG = 40;
const PATIENCE_MS = 300_000;
const EXIT_CODES = [0, 0, 0, 2, 4, 8, 12, 16];
const MB = 1_000_000;

/** What the fake backend is told to do, as it stands in a trigger. */
export interface Orders {
  readonly exit: number;
  readonly artifactsBytes: number;
}

/** A command that a user gave, and what came of it; `answer` null: an error, and nobody knows what was done. */
interface Call<Answer> {
  readonly trigger: string;
  readonly orders: Orders;
  readonly answer: Answer | null;
  /** What the command said, in case it failed. */
  readonly error: string;
}

interface Run {
  readonly runId: number;
  readonly package: string;
}

/** What a command printed; null where it failed. */
function answerOf({ code, stdout }: Ended): unknown {
  return code === 0 ? JSON.parse(stdout) : null;
}

/** Users who enqueue, cancel and repeat jobs by the CLI, whatever happens around them, and remember what they were told. */
export class Submitter {
  readonly enqueued: Call<readonly Run[]>[] = [];
  readonly cancelled: { readonly runId: number; readonly changed: boolean }[] = [];
  /** By the run that was to be repeated. */
  readonly retried: { readonly of: number; readonly runId: number }[] = [];
  private readonly known: number[] = [];

  constructor(
    private readonly fleet: Fleet,
    private readonly log: LogWatch,
    private readonly random: Random,
  ) {}

  /** Until the collector has said of so many jobs that they are taken. */
  async run(jobs: number): Promise<void> {
    while (this.known.length < jobs) {
      await this.enqueue();
      if (this.random.chance(0.4)) await this.cancel();
      if (this.random.chance(0.3)) await this.retry();
      if (!(await this.log.until(() => this.log.unfinished.size <= BACKLOG, PATIENCE_MS))) return;
    }
  }

  private async enqueue(): Promise<void> {
    const { random } = this;
    const orders = {
      exit: random.pick(EXIT_CODES),
      artifactsBytes: random.chance(0.15) ? 5 * MB + random.below(MB) : 0,
    };
    const words = [
      `call-${this.enqueued.length}`,
      `fake:exit=${orders.exit}`,
      `fake:artifacts-bytes=${orders.artifactsBytes}`,
      `fake:duration=${random.chance(0.3) ? 0 : random.below(30) / 10}`,
      `fake:log-bytes=${random.below(200_000)}`,
    ];
    const trigger = words.join(' ');
    const packages = Array.from({ length: JOBS_A_CALL }, (_, n) => `package-${n}`);
    const priority = `${random.below(11)}`;
    const flags = ['--json', '--trigger', trigger, '--priority', priority];
    const ended = await this.fleet.command('enqueue', ...flags, ...packages);
    const answer = answerOf(ended) as Run[] | null;
    this.enqueued.push({ trigger, orders, answer, error: ended.stderr.trim().replaceAll(/\d+/g, 'N') });
    this.known.push(...(answer ?? []).map(({ runId }) => runId));
  }

  private async cancel(): Promise<void> {
    if (this.known.length === 0) return;
    // Mostly such as have not ended.
    const runIds = new Set([this.pickRecent(), this.pickRecent(), this.random.pick(this.known)]);
    const ended = await this.fleet.command('cancel', '--json', ...[...runIds].map(String));
    this.cancelled.push(...((answerOf(ended) as Submitter['cancelled'] | null) ?? []));
  }

  private async retry(): Promise<void> {
    if (this.known.length === 0) return;
    const of = this.random.pick(this.known);
    const [run] = (answerOf(await this.fleet.command('retry', '--json', `${of}`)) as Run[] | null) ?? [];
    if (run === undefined) return;
    this.retried.push({ of, runId: run.runId });
    this.known.push(run.runId);
  }

  private pickRecent(): number {
    return this.random.pick(this.known.slice(-JOBS_A_CALL));
  }
}
