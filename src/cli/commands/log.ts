import { once } from 'node:events';
import { userInfo } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { Args } from '@oclif/core';
import { readStoredLog } from '../../adapters/files/stored-log.js';
import { DebciError, UnknownRunError } from '../../domain/errors.js';
import { runId } from '../../domain/rules.js';
import { BaseCommand } from '../base-command.js';
import { follows } from '../follows.js';
import { safeLines } from '../output.js';
import { withReadModel } from '../read-model.js';

/** The run has no log: it is not finished, or its files were removed. */
class NoLogError extends DebciError {
  readonly code = 'E_NO_LOG';
}

export default class Log extends BaseCommand {
  static override summary = "Print a run's log";
  static override description =
    'On a terminal, characters that could drive it are shown as \\u…; into a file or pipe the log goes as it is. ' +
    "Reads the collector's data folder on this host.";
  static override examples = [
    { description: 'The log of run 42', command: '<%= config.bin %> log 42' },
    { description: 'Page through it', command: '<%= config.bin %> log 42 | less -R' },
  ];
  static override args = { run: Args.integer({ description: 'Run id, as debci history shows it.', required: true }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Log);
    const { config } = await this.settings(flags);
    const id = follows('run', args.run, runId);
    const run = withReadModel(config, ({ runs }) => runs.byId(id, userInfo().username));
    if (run === null) throw new UnknownRunError(id);
    const log = readStoredLog(config.data_basedir, run);
    if (log === null) throw new NoLogError(`run ${id} (${run.status ?? run.state}) has no log`);
    await this.print(log);
  }

  private async print(log: AsyncIterable<Uint8Array>): Promise<void> {
    const { stdout } = process;
    const decoder = new StringDecoder('utf8');
    for await (const chunk of log) {
      const text = stdout.isTTY ? safeLines(decoder.write(Buffer.from(chunk))) : chunk;
      if (!stdout.write(text)) await once(stdout, 'drain');
    }
  }
}
