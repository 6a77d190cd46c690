import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { dateTime, painter, safeLines, table } from '../../output.js';
import { withReadModel } from '../../read-model.js';

export default class PackageBackends extends BaseCommand {
  static override summary = 'Show the packages that have a backend of their own';
  static override description =
    "Those that `debci package set-backend` gave one. Reads the collector's data folder on this host.";
  static override examples = [{ description: 'All of them', command: '<%= config.bin %> package backends' }];
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(PackageBackends);
    const { config } = await this.settings(flags);
    const all = withReadModel(config, ({ backends }) => backends.all());
    if (flags.json) this.printJson(all);
    else if (all.length === 0) this.log('no package has a backend of its own');
    else {
      const rows = all.map(({ package: name, backend, setAt, setBy, reason }) => {
        return [name, backend, dateTime(setAt), safeLines(setBy), safeLines(reason ?? '')];
      });
      const head = ['package', 'backend', 'set (UTC)', 'by', 'why'];
      process.stdout.write(table(head, rows, painter(process.stdout, process.env)));
    }
  }
}
