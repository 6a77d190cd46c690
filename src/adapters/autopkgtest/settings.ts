import { tmpdir } from 'node:os';

import { DEBIAN_PATH } from '../shared/process/environment.js';

/** What a testbed must know of its surroundings; the composition root fills it in from the configuration. */
export interface TestbedSettings {
  /** debci's own folder; built testbeds lie in `<stateDir>/testbeds/<backend>/`. */
  readonly stateDir: string;
  /** The mirror that testbeds are built from; else the host's own, from apt's configuration. */
  readonly mirror?: string;
  /** The HTTP proxy of apt, or DIRECT for none; else the one that is found (shared/apt/proxy.ts). */
  readonly proxy?: string;
  /** The operator's further options for autopkgtest (`debci_autopkgtest_args`). */
  readonly autopkgtestArgs: readonly string[];
  /** Where tests and builds unpack what may be large; else the system's folder for temporary files. */
  readonly tmpDir?: string;
  /** Where programs are looked for, in the form of `PATH`; else Debian's usual folders. */
  readonly path?: string;
  /** How long a stopped program may clean up before it is killed, in ms; else 10 s. */
  readonly graceMs?: number;
}

/** The settings with nothing left open but what apt's configuration answers. */
export type CompleteSettings = TestbedSettings & Required<Pick<TestbedSettings, 'tmpDir' | 'path' | 'graceMs'>>;

const GRACE_MS = 10_000;

export function withDefaults(settings: TestbedSettings): CompleteSettings {
  return {
    ...settings,
    tmpDir: settings.tmpDir ?? tmpdir(),
    path: settings.path ?? DEBIAN_PATH,
    graceMs: settings.graceMs ?? GRACE_MS,
  };
}
