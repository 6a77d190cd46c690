import { Args } from '@oclif/core';
import { checked } from '../../../application/input/checked.js';
import { IssueKeyRequest } from '../../../application/input/key-requests.js';
import { newKey } from '../../../application/new-key.js';
import { submit } from '../../../application/submit.js';
import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { withCollector } from '../../with-collector.js';

export default class KeyIssue extends BaseCommand {
  static override summary = 'Make an API key for a user';
  static override description =
    'Prints the key, which is made here and kept nowhere: only its hash goes to the collector. Who holds it acts as ' +
    'that user over GraphQL.';
  static override examples = [
    { description: 'For a user', command: '<%= config.bin %> key issue alice' },
    {
      description: 'Into a file that only you can read',
      command: '(umask 077; <%= config.bin %> key issue alice > alice.key)',
    },
  ];
  static override args = { user: Args.string({ description: 'Who the key stands for.', required: true }) };
  static override flags = { amqp: commonFlags.amqp, json: commonFlags.json };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(KeyIssue);
    const { config } = await this.settings(flags);
    const { user } = args;
    const { key, keyId, hash } = newKey();
    const request = checked(IssueKeyRequest, { type: 'issue-key', keyId, user, hash });
    await withCollector(config, flags.json, (transport) => submit<'issue-key'>(transport, request));
    if (flags.json) {
      this.printJson({ user, keyId, key });
      return;
    }
    if (!config.quiet) this.logToStderr(`key ${keyId} of ${user}; it is shown this once:`);
    this.log('%s', key);
  }
}
