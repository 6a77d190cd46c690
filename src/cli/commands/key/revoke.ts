import { userInfo } from 'node:os';
import { Args, Flags } from '@oclif/core';
import { checked } from '../../../application/input/checked.js';
import { RevokeKeyRequest } from '../../../application/input/key-requests.js';
import { submit } from '../../../application/submit.js';
import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { withCollector } from '../../with-collector.js';

export default class KeyRevoke extends BaseCommand {
  static override summary = 'Make an API key count no longer';
  static override description = 'By its id, which `debci key list` shows. At once, and for good.';
  static override examples = [
    { description: 'A key that was lost', command: '<%= config.bin %> key revoke 0123456789abcdef --reason lost' },
  ];
  static override args = { id: Args.string({ description: "The key's id.", required: true }) };
  static override flags = {
    amqp: commonFlags.amqp,
    json: commonFlags.json,
    reason: Flags.string({ helpValue: 'TEXT', summary: 'Why; kept with the key.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeyRevoke);
    const { config } = await this.settings(flags);
    const by = userInfo().username;
    const request = checked(RevokeKeyRequest, { type: 'revoke-key', keyId: args.id, by, reason: flags.reason ?? null });
    const decided = await withCollector(config, flags.json, (transport) => submit<'revoke-key'>(transport, request));
    if (flags.json) this.printJson(decided);
    else this.log('%s', `${decided.keyId} ${decided.changed ? 'revoked' : 'was not valid'}`);
  }
}
