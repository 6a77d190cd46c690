import type { Decider } from './decider.js';
import type { PackageEvent } from './events.js';

/** What was decided for a package, whatever it is tested for; stream `package-<name>`. */
export interface PackageSettings {
  /** The backend of its tests where a request names none; null: the usual one. */
  readonly backend: string | null;
}

export interface PackageCommand {
  readonly type: 'set-backend';
  readonly package: string;
  readonly backend: string | null;
  readonly by: string;
  readonly reason: string | null;
}

/** The stream that holds a package's settings. */
export function packageStream(name: string): string {
  return `package-${name}`;
}

function decide(state: PackageSettings, command: PackageCommand): PackageEvent[] {
  const { package: name, backend, by, reason } = command;
  if (state.backend === backend) return [];
  return [{ type: 'PackageBackendSet', data: { package: name, backend, by, reason } }];
}

export const packageDecider: Decider<PackageSettings, PackageCommand, PackageEvent> = {
  initialState: { backend: null },
  decide,
  evolve: (_, { data: { backend } }) => ({ backend }),
};
