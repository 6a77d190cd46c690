import { Flags, type Interfaces } from '@oclif/core';
import { PROJECTION_NAMES } from '../../projections/projections.js';
import { BaseCommand } from '../base-command.js';
import { openEventStore } from '../compose/event-store.js';
import { commonFlags } from '../flags.js';
import { duration } from '../output.js';
import { replayAs, type Done, type Task } from '../replay.js';

type ReplayFlags = Interfaces.InferredFlags<typeof Replay.flags & typeof BaseCommand.baseFlags>;

export default class Replay extends BaseCommand {
  static override summary = 'Make read model and pages anew from the log';
  static override description =
    'The log is the truth; all else comes from it. The new read model and the new pages are made beside those in use, ' +
    'and then take their place at once; a collector and servers on this host go on meanwhile, and need no restart. ' +
    'With --output, nothing in use is touched.';
  static override examples = [
    { description: 'All of it', command: '<%= config.bin %> replay' },
    { description: 'Is the read model what the log makes?', command: '<%= config.bin %> replay --verify' },
    {
      description: 'How things stood at the end of a day, as a site to look at',
      command: '<%= config.bin %> replay --until 2026-05-01 --output /tmp/in-may',
    },
  ];
  static override flags = {
    json: commonFlags.json,
    projection: Flags.option({
      options: PROJECTION_NAMES,
      helpValue: 'NAME',
      summary: `Only the tables of this projection, and no pages; the collector must be stopped for it.`,
      exclusive: ['output'],
    })(),
    verify: Flags.boolean({
      summary: 'Change nothing: compare the read model in use with a new one, and end with 1 where they differ.',
      exclusive: ['output'],
    }),
    until: Flags.string({
      helpValue: 'POSITION|DATE',
      summary: 'Replay up to this position, or to what happened by this date or time (UTC).',
      dependsOn: ['output'],
    }),
    output: Flags.string({ helpValue: 'DIR', summary: 'Put read model and pages into this new folder.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Replay);
    await this.serve(flags, async (instance, { stop: signal }) => {
      const store = await openEventStore(instance.config.event_store, { readOnly: true, logger: instance.logger });
      try {
        await this.#replay(flags, { instance, store, signal, silent: flags.json || instance.config.quiet });
      } finally {
        await store.close();
      }
    });
  }

  async #replay(flags: ReplayFlags, task: Task): Promise<void> {
    const [what, done] = await replayAs(flags, task);
    if (flags.json) this.printJson(done);
    else this.log('%s', `${what}: ${told(done)}`);
  }
}

function told({ events, replaySeconds, pages, renderSeconds }: Done): string {
  const log = `${events} events in ${duration(replaySeconds)}${rate(events, replaySeconds)}`;
  if (pages === undefined || renderSeconds === undefined) return log;
  return `${log}, ${pages} pages in ${duration(renderSeconds)}${rate(pages, renderSeconds)}`;
}

/** Of less than a second, it would tell nothing. */
function rate(count: number, seconds: number): string {
  return seconds < 1 ? '' : ` (${Math.round(count / seconds).toLocaleString('en')}/s)`;
}
