import type { Testbed } from '../../domain/ports/testbed.js';
import { AutopkgtestTestbed } from './autopkgtest-testbed.js';
import { type Backend, backendNamed } from './backends.js';
import { NullBuilder } from './build/null-builder.js';
import { ProgramBuilder } from './build/program-builder.js';
import type { TestbedBuilder } from './build/testbed-builder.js';
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
  return new AutopkgtestTestbed(backend, traits, builderFor(backend, traits, complete), complete);
}

function builderFor(name: string, { builder, programs }: Backend, settings: CompleteSettings): TestbedBuilder {
  return builder.kind === 'apt view'
    ? new NullBuilder(settings)
    : new ProgramBuilder(name, builder, programs, settings);
}
