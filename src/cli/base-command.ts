import { Command } from '@oclif/core';
import { DEFAULT_CONFIG_DIR } from './config/config.js';
import { hostArch } from './config/host-arch.js';
import { loadConfig, type LoadedConfig } from './config/load.js';
import { openInstance, type Instance } from './compose/instance.js';
import { commonFlags, givenByFlags, type CommonFlags } from './flags.js';
import { wantsColours } from './output.js';
import { serviceSignals, type ServiceSignals } from './signals.js';

/** What all commands share: the configuration, and that errors go up to main.ts, the one place that prints them. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    config: commonFlags.config,
    'data-dir': commonFlags['data-dir'],
    quiet: commonFlags.quiet,
    debug: commonFlags.debug,
  };

  /** The settings; what was ignored in them is said on stderr. */
  protected async settings(flags: CommonFlags): Promise<LoadedConfig> {
    const loaded = await loadConfig({
      dir: flags.config ?? DEFAULT_CONFIG_DIR,
      dirNamed: flags.config !== undefined,
      env: process.env,
      flags: givenByFlags(flags),
      hostArch,
    });
    for (const warning of loaded.warnings) this.logToStderr(`debci: ${warning}`);
    return loaded;
  }

  /** Runs a service: its state folder is there, it hears signals, and it logs to stderr. */
  protected async serve(
    flags: CommonFlags,
    service: (instance: Instance, signals: ServiceSignals) => Promise<void>,
  ): Promise<void> {
    const loaded = await this.settings(flags);
    // Loaded here: one-shot commands start faster without.
    const { createLogger } = await import('./logger.js');
    const logger = createLogger({
      quiet: loaded.config.quiet,
      debug: flags.debug ?? false,
      stream: process.stderr,
      colours: wantsColours(process.stderr, process.env),
    });
    const signals = serviceSignals(() => {
      logger.info({}, 'stopping: what runs is finished first; a second signal ends it');
    });
    try {
      await service(await openInstance(loaded, logger), signals);
    } finally {
      signals.dispose();
    }
  }

  protected printJson(value: unknown): void {
    this.log('%s', JSON.stringify(value, null, 2));
  }

  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}
