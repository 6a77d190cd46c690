import { readFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { DebciError } from '../../domain/errors.js';
import { packageName } from '../../domain/rules.js';
import { STATUSES } from '../../domain/verdict.js';
import { BaseCommand } from '../base-command.js';
import { webUrl } from '../config/rules.js';
import { commonFlags } from '../flags.js';
import { follows } from '../follows.js';
import { GraphqlClient } from '../live/graphql-client.js';
import { watchTests, type WatchedResult } from '../live/watch-tests.js';
import { duration, painter, safeLines, type Paint } from '../output.js';
import { serviceSignals } from '../signals.js';

/** The file that is to hold the API key cannot be read. */
class KeyFileError extends DebciError {
  readonly code = 'E_KEY_FILE';
  override readonly exitCode = 2;
}

const COLOURS: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = { pass: 'green', fail: 'red', tmpfail: 'yellow' };

/** `hello unstable/amd64 pass 12s (was fail)` */
function lineOf({ test }: WatchedResult, paint: Paint): string {
  const { package: name, suite, arch, durationSeconds: seconds, previousStatus } = test;
  const status = safeLines(test.status ?? '');
  const colour = COLOURS[status];
  return [
    safeLines(`${name} ${suite}/${arch}`),
    colour ? paint(colour, status) : status,
    ...(seconds === null ? [] : [duration(seconds)]),
    ...(previousStatus === null || previousStatus === status ? [] : [safeLines(`(was ${previousStatus})`)]),
  ].join(' ');
}

export default class Watch extends BaseCommand {
  static override summary = 'Show results as they come in';
  static override description =
    'From a debci that serves pages (debci up, debci server), until Ctrl-C. A connection that breaks is made again, ' +
    'and goes on where it was: no result is left out or shown twice.';
  static override examples = [
    { description: 'All results of the local instance', command: '<%= config.bin %> watch' },
    {
      description: 'What fails in testing, as JSON lines',
      command: '<%= config.bin %> watch --url https://ci.example.org --suite testing --status fail --json',
    },
  ];
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    json: Flags.boolean({ summary: 'Print each result as one line of JSON.' }),
    package: Flags.string({ helpValue: 'NAME', summary: 'Only of this package.' }),
    status: Flags.option({ options: STATUSES, summary: 'Only results with this status.' })(),
    url: Flags.string({ helpValue: 'URL', summary: 'Where debci serves its pages (default: debci_url_base).' }),
    'key-file': Flags.string({ helpValue: 'FILE', summary: 'An API key, to see your private jobs too.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Watch);
    const { config } = await this.settings(flags);
    const client = new GraphqlClient(
      follows('--url', flags.url ?? config.url_base, webUrl),
      await keyIn(flags['key-file']),
    );
    const filter = {
      ...(flags.package !== undefined && { package: follows('--package', flags.package, packageName) }),
      ...(flags.suite !== undefined && { suite: config.suite }),
      ...(flags.arch !== undefined && { arch: config.arch }),
      ...(flags.status !== undefined && { status: flags.status }),
    };
    const paint = painter(process.stdout, process.env);
    const signals = serviceSignals(() => undefined);
    const onLoss = (error: Error): void => {
      this.logToStderr(`debci: ${safeLines(error.message)}; trying again`);
    };
    try {
      for await (const result of watchTests({ client, filter, onLoss }, signals.stop)) {
        this.log('%s', flags.json ? JSON.stringify(result) : lineOf(result, paint));
      }
    } finally {
      signals.dispose();
    }
  }
}

async function keyIn(file: string | undefined): Promise<string | null> {
  if (file === undefined) return null;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new KeyFileError(`${file} cannot be read`, { cause });
  }
}
