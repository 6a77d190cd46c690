import { userInfo } from 'node:os';
import { Args, Flags } from '@oclif/core';
import { BACKEND_NAMES } from '../../../adapters/autopkgtest/backends.js';
import { checked } from '../../../application/input/checked.js';
import { SetBackendRequest } from '../../../application/input/package-requests.js';
import { submit } from '../../../application/submit.js';
import { InvalidInputError } from '../../../domain/errors.js';
import { oneOf } from '../../../domain/rules.js';
import { BaseCommand } from '../../base-command.js';
import { commonFlags } from '../../flags.js';
import { follows } from '../../follows.js';
import { withCollector } from '../../with-collector.js';

export default class PackageSetBackend extends BaseCommand {
  static override summary = "Say which backend runs a package's tests";
  static override description =
    'For packages whose tests need more isolation than the usual backend gives, such as isolation-machine. From then ' +
    'on enqueue and batch ask for that backend, wherever no --backend is said. Runs that were asked for before stay ' +
    'where they are, and a retry repeats its run where that was.';
  static override examples = [
    { description: 'In virtual machines', command: '<%= config.bin %> package set-backend systemd qemu' },
    { description: 'As all others again', command: '<%= config.bin %> package set-backend systemd --unset' },
  ];
  static override args = {
    package: Args.string({ description: 'The source package.', required: true }),
    backend: Args.string({ description: `One of ${BACKEND_NAMES.join(', ')}.` }),
  };
  static override flags = {
    amqp: commonFlags.amqp,
    json: commonFlags.json,
    unset: Flags.boolean({ summary: 'It has no backend of its own any more.' }),
    reason: Flags.string({ helpValue: 'TEXT', summary: 'Why; kept with it.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PackageSetBackend);
    const { config } = await this.settings(flags);
    const request = checked(SetBackendRequest, {
      type: 'set-backend',
      package: args.package,
      backend: backendOf(args.backend, flags.unset),
      by: userInfo().username,
      reason: flags.reason ?? null,
    });
    const decided = await withCollector(config, flags.json, (transport) => submit<'set-backend'>(transport, request));
    if (flags.json) this.printJson(decided);
    else if (!config.quiet) {
      const { package: name, backend, changed } = decided;
      const what = backend ?? 'the usual backend';
      this.log('%s', `${name} ${changed ? 'is run in' : 'was run in'} ${what}${changed ? '' : ' already'}`);
    }
  }
}

function backendOf(named: string | undefined, unset: boolean): string | null {
  if (named === undefined && unset) return null;
  if (named !== undefined && !unset) return follows('backend', named, oneOf(BACKEND_NAMES));
  throw new InvalidInputError([{ field: 'backend', value: named, allowed: 'a backend, or --unset' }]);
}
