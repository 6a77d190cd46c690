import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EnqueuedRun } from '../../src/application/enqueue.js';
import { checked } from '../../src/application/input/checked.js';
import { EnqueueRequest } from '../../src/application/input/enqueue-request.js';
import { SetBackendRequest } from '../../src/application/input/package-requests.js';
import { RetryRequest } from '../../src/application/input/run-requests.js';
import { submit } from '../../src/application/submit.js';
import { InvalidInputError } from '../../src/domain/errors.js';
import { World } from '../support/world.js';
import { WorldUsers } from '../support/world-users.js';

describe('a package that was given a backend', () => {
  let world: World;
  let transport: WorldUsers;
  beforeEach(async () => {
    world = new World();
    await world.start();
    transport = new WorldUsers(world);
  });
  afterEach(() => world.dispose());

  const setBackend = (backend: string | null): ReturnType<typeof submit<'set-backend'>> => {
    const plain = { type: 'set-backend', package: 'systemd', backend, by: 'alice', reason: 'isolation-machine' };
    return submit<'set-backend'>(transport, checked(SetBackendRequest, plain));
  };
  const enqueue = async (part: object, name = 'systemd'): Promise<EnqueuedRun | undefined> => {
    const job = { package: name, suite: 'unstable', arch: 'amd64', backend: 'lxc', ...part };
    const plain = { type: 'enqueue', requestor: 'alice', origin: { kind: 'cli' }, jobs: [job] };
    return (await submit<'enqueue'>(transport, checked(EnqueueRequest, plain)))[0];
  };
  const byDefault = { backendByDefault: true };

  it('is run in that, from the answer on, where nobody asks for another', async () => {
    expect(await enqueue(byDefault)).toMatchObject({ backend: 'lxc' });
    expect(await setBackend('qemu')).toEqual({ package: 'systemd', backend: 'qemu', changed: true });
    expect(await enqueue(byDefault)).toMatchObject({ backend: 'qemu' });
    expect(await enqueue({})).toMatchObject({ backend: 'lxc' });
    expect(await enqueue(byDefault, 'hello')).toMatchObject({ backend: 'lxc' });
    const { data } = await world.event('TestEnqueued', (event) => event.data.runId === 2);
    expect(data).toMatchObject({ package: 'systemd', backend: 'qemu' });
  });

  it('is an event once, and can be given back', async () => {
    await setBackend('qemu');
    expect(await setBackend('qemu')).toMatchObject({ changed: false });
    expect(await setBackend(null)).toMatchObject({ changed: true });
    expect(await enqueue(byDefault)).toMatchObject({ backend: 'lxc' });
    const stream: unknown[] = [];
    for await (const { type, data, metadata } of world.log.readStream('package-systemd')) {
      stream.push([type, (data as { backend: unknown }).backend, metadata.actor]);
    }
    expect(stream).toEqual([
      ['PackageBackendSet', 'qemu', 'user:alice'],
      ['PackageBackendSet', null, 'user:alice'],
    ]);
  });

  it('has its runs repeated where they were', async () => {
    await enqueue(byDefault);
    await setBackend('qemu');
    const request = checked(RetryRequest, { type: 'retry', requestor: 'alice', runIds: [1] });
    expect(await submit<'retry'>(transport, request)).toMatchObject([{ runId: 2, backend: 'lxc' }]);
  });

  it.each(['../qemu', 'q e', ''])('is not given what is no backend: %j', (backend) => {
    const plain = { type: 'set-backend', package: 'systemd', backend, by: 'alice' };
    expect(() => checked(SetBackendRequest, plain)).toThrow(InvalidInputError);
  });
});
