import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { dateTime, painter, table } from '../../output.js';
import { withReadModel } from '../../read-model.js';

export default class KeyList extends BaseCommand {
  static override summary = 'Show the API keys that were issued';
  static override description =
    "Their ids, not the keys: these are kept nowhere. Reads the collector's data folder on this host.";
  static override examples = [{ description: 'All keys', command: '<%= config.bin %> key list' }];
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(KeyList);
    const { config } = await this.settings(flags);
    const keys = withReadModel(config, ({ apiKeys }) => apiKeys.all());
    if (flags.json) this.printJson(keys);
    else if (keys.length === 0) this.log('no keys');
    else {
      const rows = keys.map(({ keyId, user, issuedAt, revokedAt }) => {
        return [keyId, user, dateTime(issuedAt), revokedAt === null ? '' : `revoked ${dateTime(revokedAt)}`];
      });
      process.stdout.write(table(['id', 'user', 'issued (UTC)', ''], rows, painter(process.stdout, process.env)));
    }
  }
}
