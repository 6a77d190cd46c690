import { BaseCommand } from '../base-command.js';
import type { Config } from '../config/config.js';
import { publicValue, type LoadedConfig } from '../config/load.js';
import { quoteValue } from '../config/shell-assignments.js';
import { commonFlags } from '../flags.js';
import { painter } from '../output.js';

type Setting = string | number | boolean | null | readonly string[];

interface Row {
  readonly key: string;
  readonly value: Setting;
  readonly source: string;
}

function rows({ config, backendArgs, sources }: LoadedConfig): Row[] {
  const byBackend = [...backendArgs].map(([backend, args]) => [`autopkgtest_args_${backend}`, args] as const);
  return [...(Object.entries(config) as [keyof Config, Setting][]), ...byBackend]
    .map(([key, value]) => ({ key, value: publicValue(key, value), source: sources.get(key) ?? 'default' }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** A line of debci.conf; commented out where nothing is set. */
function assignment({ key, value }: Row): string {
  if (value === null) return `# debci_${key}=`;
  return `debci_${key}=${quoteValue(Array.isArray(value) ? value.join(' ') : String(value))}`;
}

export default class ConfigCommand extends BaseCommand {
  static override summary = 'Print the effective settings and where each comes from';
  static override description =
    'Settings come from debci.conf and conf.d/*.conf in the configuration folder, then from environment variables ' +
    "(debci_arch=arm64), then from flags; the later wins. The names are those of Debian's debci. " +
    'The output has the form of debci.conf. Passwords are shown as ***.';
  static override examples = [
    { description: 'What holds here', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'What would hold with other files and another suite',
      command: '<%= config.bin %> <%= command.id %> --config ./debci --suite trixie',
    },
    {
      description: 'One setting, for a script',
      command: '<%= config.bin %> <%= command.id %> --json | jq -r .arch.value',
    },
  ];
  static override flags = {
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    suite: commonFlags.suite,
    amqp: commonFlags.amqp,
    mirror: commonFlags.mirror,
    json: commonFlags.json,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigCommand);
    const all = rows(await this.settings(flags));
    if (flags.json) {
      this.printJson(Object.fromEntries(all.map(({ key, value, source }) => [key, { value, source }])));
      return;
    }
    const paint = painter(process.stdout, process.env);
    const width = Math.max(...all.map((row) => assignment(row).length));
    for (const row of all) this.log('%s  %s', assignment(row).padEnd(width), paint('gray', `# ${row.source}`));
  }
}
