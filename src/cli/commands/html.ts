import { BaseCommand } from '../base-command.js';
import { openEventStore } from '../compose/event-store.js';
import { commonFlags } from '../flags.js';
import { duration } from '../output.js';
import { renderPages } from '../replay.js';

export default class Html extends BaseCommand {
  static override summary = 'Render all pages anew';
  static override description =
    'The collector keeps the pages up by itself, also after an upgrade. This makes all of them from the read model ' +
    'beside those in use, which then give way to the new ones at once; collector and servers on this host go on meanwhile.';
  static override examples = [
    { description: 'All pages', command: '<%= config.bin %> html' },
    { description: 'For a script', command: '<%= config.bin %> html --json | jq .pages' },
  ];
  static override flags = { json: commonFlags.json };

  async run(): Promise<void> {
    const { flags } = await this.parse(Html);
    await this.serve(flags, async (instance, { stop: signal }) => {
      const store = await openEventStore(instance.config.event_store, { readOnly: true, logger: instance.logger });
      try {
        const silent = flags.json || instance.config.quiet;
        const { pages, seconds } = await renderPages({ instance, store, signal, silent });
        if (flags.json) this.printJson({ pages, seconds, folder: instance.config.html_dir });
        else this.log('%s', `${pages} pages in ${instance.config.html_dir}, in ${duration(seconds)}`);
      } finally {
        await store.close();
      }
    });
  }
}
