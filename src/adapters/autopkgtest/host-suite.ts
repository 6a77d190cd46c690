import { hostRelease } from '../shared/apt/apt-view.js';
import { AptError } from '../shared/apt/apt-error.js';
import { type TestbedSettings, withDefaults } from './settings.js';

export interface HostSuite {
  /** The release that this machine runs, by the name that its apt sources use. */
  readonly suite: string;
  /** Where it comes from. */
  readonly mirror: string;
}

/**
 * Suite and mirror of this machine's own release, from apt's configuration: what to test where nobody says otherwise.
 * @throws AptError where apt uses no archive of this machine's distribution
 */
export async function hostSuite(settings: Pick<TestbedSettings, 'path' | 'tmpDir'> = {}): Promise<HostSuite> {
  const own = await hostRelease(withDefaults({ stateDir: '', autopkgtestArgs: [], ...settings }));
  if (own === null) throw new AptError('apt uses no archive of this distribution');
  return { suite: own.release, mirror: own.uri };
}
