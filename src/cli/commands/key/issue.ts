import { createHash, randomBytes } from 'node:crypto';
import { Args } from '@oclif/core';
import { newKey } from '../../../adapters/files/local-key.js';
import { checked } from '../../../application/input/checked.js';
import { IssueKeyRequest } from '../../../application/input/key-requests.js';
import { submit } from '../../../application/submit.js';
import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { withCollector } from '../../with-collector.js';

const ID_BYTES = 8;

export default class KeyIssue extends BaseCommand {
  static override summary = 'Make an API key for a user';
  static override description =
    'Prints the key once; it is kept nowhere, only its hash is. With it the user may enqueue, retry and cancel over ' +
    'GraphQL, and sees own private jobs. The key id is what revokes it.';
  static override examples = [
    { description: 'For a user', command: '<%= config.bin %> key issue alice' },
    { description: 'Just the key, for a script', command: '<%= config.bin %> key issue --json alice | jq -r .key' },
  ];
  static override args = { user: Args.string({ description: 'Whose key it is.', required: true }) };
  static override flags = { amqp: commonFlags.amqp, json: commonFlags.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeyIssue);
    const { config } = await this.settings(flags);
    const key = newKey();
    const keyId = randomBytes(ID_BYTES).toString('hex');
    const hash = createHash('sha256').update(key).digest('hex');
    const request = checked(IssueKeyRequest, { type: 'issue-key', keyId, user: args.user, hash });
    await withCollector(config, flags.json, (transport) => submit<'issue-key'>(transport, request));
    if (flags.json) this.printJson({ keyId, user: args.user, key });
    else this.log('%s', `key id ${keyId}\n${key}`);
  }
}
