import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Position, RecordedEvent } from '../../src/domain/ports/event-store.js';
import { readModelOfLog } from '../support/read-models.js';

function logOf(...settings: readonly (readonly [name: string, backend: string | null])[]): RecordedEvent[] {
  return settings.map(([name, backend], n) => ({
    type: 'PackageBackendSet',
    data: { package: name, backend, by: 'alice', reason: null },
    id: randomUUID(),
    schemaVersion: 1,
    time: `2026-01-0${n + 1}T00:00:00.000Z`,
    metadata: { actor: 'user:alice', causationId: null, correlationId: null },
    stream: `package-${name}`,
    revision: 0,
    position: String(n).padStart(16, '0') as Position,
  }));
}

describe('the backends of packages', () => {
  it('are those that were set last', () => {
    const { backends } = readModelOfLog(logOf(['systemd', 'lxc'], ['hello', 'qemu'], ['systemd', 'qemu']));
    expect(backends.of('systemd')).toBe('qemu');
    expect(backends.of('dpkg')).toBeNull();
    expect(backends.all()).toEqual([
      { package: 'hello', backend: 'qemu', setAt: '2026-01-02T00:00:00.000Z', setBy: 'alice', reason: null },
      { package: 'systemd', backend: 'qemu', setAt: '2026-01-03T00:00:00.000Z', setBy: 'alice', reason: null },
    ]);
  });

  it('are none where one was taken back', () => {
    const { backends } = readModelOfLog(logOf(['systemd', 'qemu'], ['systemd', null]));
    expect(backends.of('systemd')).toBeNull();
    expect(backends.all()).toEqual([]);
  });
});
