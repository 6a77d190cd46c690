import type { Testbed } from '../../domain/ports/testbed.js';
import { AutopkgtestTestbed } from './autopkgtest-testbed.js';
import { backendNamed, type Builder } from './backends.js';
import { ManualBuilder } from './build/manual-builder.js';
import { NullBuilder } from './build/null-builder.js';
import type { TestbedBuilder } from './build/testbed-builder.js';
import { UnshareBuilder } from './build/unshare-builder.js';
import { FakeTestbed } from './fake-testbed.js';
import { type CompleteSettings, type TestbedSettings, withDefaults } from './settings.js';

/**
 * The testbed of a backend.
 * @throws InvalidInputError that lists the backends, where there is none of that name
 */
export function createTestbed(backend: string, settings: TestbedSettings): Testbed {
  if (backend === 'fake') return new FakeTestbed();
  const traits = backendNamed(backend);
  const complete = withDefaults(settings);
  return new AutopkgtestTestbed(backend, traits, builderFor(traits.builder, complete), complete);
}

function builderFor(builder: Builder, settings: CompleteSettings): TestbedBuilder {
  switch (builder.kind) {
    case 'apt view':
      return new NullBuilder(settings);
    case 'tarball':
      return new UnshareBuilder(settings);
    case 'by hand':
      return new ManualBuilder(builder, settings);
  }
}
