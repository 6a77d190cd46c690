import { createTestbed } from '../../adapters/autopkgtest/create-testbed.js';
import type { Testbed } from '../../domain/ports/testbed.js';
import type { LoadedConfig } from '../config/load.js';
import { statePaths } from '../config/state.js';

/** The testbed of a backend, as configured. */
export function testbedFor(backend: string, { config, backendArgs }: LoadedConfig): Testbed {
  const ofBackend = backendArgs.get(backend.replaceAll('-', '_')) ?? [];
  return createTestbed(backend, {
    stateDir: statePaths(config).dir,
    autopkgtestArgs: [...config.autopkgtest_args, ...ofBackend],
    ...(config.mirror !== null && { mirror: config.mirror }),
  });
}
