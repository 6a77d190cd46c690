import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../../bench/random.js';
import type { Fleet, Victim } from './fleet.js';

/** Killed in any case, so that a short run meets all of it. */
const FIRST: readonly Victim[] = ['worker', 'collector', 'broker', 'worker', 'collector'];
/** A broker takes seconds to come back: more often, nothing else would be tried. */
const OFTEN: readonly (readonly [Victim, number])[] = [
  ['worker', 5],
  ['collector', 4],
  ['broker', 1],
];
const PAUSE_MS = { least: 300, most: 2_500 };

/** Kills one of the fleet now and then. */
export class Monkey {
  readonly kills: Record<Victim, number> = { broker: 0, collector: 0, worker: 0 };

  constructor(
    private readonly fleet: Fleet,
    private readonly random: Random,
  ) {}

  /** Until the signal aborts, and all of the first victims were killed. */
  async run(signal: AbortSignal): Promise<void> {
    const victims = [...FIRST];
    while (victims.length > 0 || !signal.aborted) {
      await this.rest();
      await this.kill(victims.shift() ?? this.random.weighted(OFTEN));
    }
  }

  private async kill(victim: Victim): Promise<void> {
    await this.fleet.killOne(victim, (count) => this.random.below(count));
    this.kills[victim] += 1;
  }

  /** This is the load, no waiting for anything. */
  private async rest(): Promise<void> {
    await pause(PAUSE_MS.least + this.random.below(PAUSE_MS.most - PAUSE_MS.least));
  }
}
