import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../../src/domain/decider.js';
import type { PackageEvent } from '../../src/domain/events.js';
import { packageDecider, packageStream, type PackageCommand } from '../../src/domain/package-settings.js';

const set = (backend: string | null): PackageCommand => {
  return { type: 'set-backend', package: 'systemd', backend, by: 'alice', reason: null };
};

function history(commands: readonly PackageCommand[]): PackageEvent[] {
  const events: PackageEvent[] = [];
  for (const command of commands) events.push(...packageDecider.decide(fold(packageDecider, events), command));
  return events;
}

describe('a package', () => {
  it('has its settings in the stream of its name', () => {
    expect(packageStream('systemd')).toBe('package-systemd');
  });

  it('has no backend of its own, until it is given one, with who and why', () => {
    const events = history([{ ...set('qemu'), reason: 'isolation-machine' }]);
    expect(events).toEqual([
      {
        type: 'PackageBackendSet',
        data: { package: 'systemd', backend: 'qemu', by: 'alice', reason: 'isolation-machine' },
      },
    ]);
    expect(fold(packageDecider, events)).toEqual({ backend: 'qemu' });
    expect(history([set(null)])).toEqual([]);
  });

  it('has the backend that was set last, and an event for each change and for nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('qemu', 'lxc', null)), (given) => {
        const events = history(given.map(set));
        expect(fold(packageDecider, events).backend).toBe(given.at(-1) ?? null);
        const changes = given.filter((backend, i) => backend !== (given[i - 1] ?? null));
        expect(events.map(({ data }) => data.backend)).toEqual(changes);
      }),
    );
  });
});
