import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold } from '../../src/domain/decider.js';
import type { PackageEvent } from '../../src/domain/events.js';
import { packageDecider, packageStream, type PackageCommand } from '../../src/domain/package-settings.js';

const set = (backend: string | null, reason: string | null = null): PackageCommand => {
  return { type: 'set-backend', package: 'systemd', backend, by: 'alice', reason };
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
    const events = history([set('qemu', 'isolation-machine')]);
    expect(events).toEqual([
      {
        type: 'PackageBackendSet',
        data: { package: 'systemd', backend: 'qemu', by: 'alice', reason: 'isolation-machine' },
      },
    ]);
    expect(fold(packageDecider, events)).toMatchObject({ backend: 'qemu' });
    expect(history([set(null)])).toEqual([]);
  });

  it('has the backend that was set last, and an event for each change and for nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('qemu', 'lxc', null)), (given) => {
        const events = history(given.map((backend) => set(backend)));
        expect(fold(packageDecider, events).backend).toBe(given.at(-1) ?? null);
        const changes = given.filter((backend, i) => backend !== (given[i - 1] ?? null));
        expect(events.map((event) => event.type === 'PackageBackendSet' && event.data.backend)).toEqual(changes);
      }),
    );
  });

  it('is marked as gone, and as there again, on each platform by itself, and only where that is new', () => {
    const mark = (type: 'mark-removed' | 'mark-returned', arch: string): PackageCommand => {
      return { type, package: 'systemd', suite: 'sid', arch, by: 'root' };
    };
    const platforms = fc.constantFrom('amd64', 'arm64');
    const types = fc.constantFrom('mark-removed' as const, 'mark-returned' as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(types, platforms)), (given) => {
        const events = history(given.map(([type, arch]) => mark(type, arch)));
        for (const arch of ['amd64', 'arm64']) {
          const ofArch = events.filter((event) => event.type !== 'PackageBackendSet' && event.data.arch === arch);
          const alternating = ofArch.map((_, i) => (i % 2 === 0 ? 'PackageRemoved' : 'PackageReturned'));
          expect(ofArch.map(({ type }) => type)).toEqual(alternating);
          const last = given.filter((one) => one[1] === arch).at(-1)?.[0];
          const { removedFrom } = fold(packageDecider, events);
          expect(removedFrom.includes(`sid/${arch}`)).toBe(last === 'mark-removed');
        }
        expect(fold(packageDecider, events).backend).toBeNull();
      }),
    );
  });
});
