import type { SetupOptions } from '../../../domain/ports/testbed.js';
import type { TestbedPlace } from '../backends.js';

/** How one backend's testbeds come to be. The methods are the Testbed port's, for one testbed. */
export interface TestbedBuilder {
  ready(place: TestbedPlace): Promise<boolean>;
  /** Null: never, or not by debci. */
  builtAt(place: TestbedPlace): Promise<Date | null>;
  /** @throws TestbedSetupError, MissingProgramError */
  setup(place: TestbedPlace, options: SetupOptions): Promise<'built' | 'fresh' | 'not needed'>;
  /** What a run in this testbed has in its environment beside the usual. */
  environment(place: TestbedPlace): Promise<Readonly<Record<string, string>>>;
}
