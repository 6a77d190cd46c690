import { createTestbed } from '../../adapters/autopkgtest/create-testbed.js';
import type { Testbed } from '../../domain/ports/testbed.js';
import type { Config } from '../config/config.js';
import type { LoadedConfig } from '../config/load.js';
import { statePaths } from '../config/state.js';

/** Where packages come from, as far as the configuration says. */
export function aptSettings({ mirror, apt_proxy: proxy }: Config): { mirror?: string; proxy?: string } {
  return { ...(mirror !== null && { mirror }), ...(proxy !== null && { proxy }) };
}

/** The testbed of a backend, as configured. */
export function testbedFor(backend: string, { config, backendArgs }: LoadedConfig): Testbed {
  const ofBackend = backendArgs.get(backend.replaceAll('-', '_')) ?? [];
  return createTestbed(backend, {
    stateDir: statePaths(config).dir,
    autopkgtestArgs: [...config.autopkgtest_args, ...ofBackend],
    ...aptSettings(config),
  });
}
