import type { Decider } from './decider.js';
import type { PackageEvent } from './events.js';

/** What is known of a package beside its runs; stream `package-<name>`. */
export interface PackageSettings {
  /** The backend of its tests where a request names none; null: the usual one. */
  readonly backend: string | null;
  /** Where the archive has it no more, as `suite/arch`. */
  readonly removedFrom: readonly string[];
}

interface Marking {
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly by: string;
}

export type PackageCommand =
  | {
      readonly type: 'set-backend';
      readonly package: string;
      readonly backend: string | null;
      readonly by: string;
      readonly reason: string | null;
    }
  | ({ readonly type: 'mark-removed' | 'mark-returned' } & Marking);

/** The stream that holds what is known of a package. */
export function packageStream(name: string): string {
  return `package-${name}`;
}

const platformOf = ({ suite, arch }: Pick<Marking, 'suite' | 'arch'>): string => `${suite}/${arch}`;

function decide(state: PackageSettings, command: PackageCommand): PackageEvent[] {
  if (command.type === 'set-backend') {
    const { package: name, backend, by, reason } = command;
    return state.backend === backend
      ? []
      : [{ type: 'PackageBackendSet', data: { package: name, backend, by, reason } }];
  }
  const { package: name, suite, arch, by } = command;
  const data = { package: name, suite, arch, by };
  const isRemoved = state.removedFrom.includes(platformOf(command));
  if (command.type === 'mark-removed') return isRemoved ? [] : [{ type: 'PackageRemoved', data }];
  return isRemoved ? [{ type: 'PackageReturned', data }] : [];
}

function evolve(state: PackageSettings, event: PackageEvent): PackageSettings {
  if (event.type === 'PackageBackendSet') return { ...state, backend: event.data.backend };
  const platform = platformOf(event.data);
  const others = state.removedFrom.filter((one) => one !== platform);
  return { ...state, removedFrom: event.type === 'PackageRemoved' ? [...others, platform] : others };
}

export const packageDecider: Decider<PackageSettings, PackageCommand, PackageEvent> = {
  initialState: { backend: null, removedFrom: [] },
  decide,
  evolve,
};
