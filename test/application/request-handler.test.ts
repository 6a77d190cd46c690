import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { visitDeadLetters, type DeadLetter } from '../../src/application/dead-letter-box.js';
import { checked } from '../../src/application/input/checked.js';
import { RedispatchRequest } from '../../src/application/input/run-requests.js';
import { REQUESTS_SUBJECT } from '../../src/application/messages/subjects.js';
import { submit } from '../../src/application/submit.js';
import { utf8 } from '../support/messages.js';
import { World } from '../support/world.js';
import { WorldUsers } from '../support/world-users.js';

describe('requests', () => {
  let world: World;
  let users: WorldUsers;
  beforeEach(async () => {
    world = new World({ keeps: true });
    users = new WorldUsers(world);
    await world.start();
  });
  afterEach(() => world.dispose());

  const deadLetters = async (): Promise<DeadLetter[]> => {
    const letters: DeadLetter[] = [];
    await visitDeadLetters(world.bus, (letter) => (letters.push(letter), 'keep'));
    return letters;
  };

  it.each(['', 'x', 'null', '{}', '{"type":"toString"}'])(
    'such as %j, which ask for nothing, are among the dead letters',
    async (text) => {
      await world.bus.publish(REQUESTS_SUBJECT, utf8(text));
      await users.ask('hello');
      await vi.waitFor(async () => {
        expect(await deadLetters()).toMatchObject([{ queue: 'debci_requests', bytes: text.length }]);
      });
    },
  );

  it('that are understood and refused are not', async () => {
    await world.bus.publish(REQUESTS_SUBJECT, utf8('{"type":"cancel","by":"alice","runIds":[99]}'));
    await world.bus.publish(REQUESTS_SUBJECT, utf8('{"type":"enqueue","jobs":[]}'));
    await users.ask('hello');
    expect(await deadLetters()).toEqual([]);
  });

  it('queued while no collector ran are carried out when one does, once', async () => {
    await world.stop();
    const asked = users.ask('hello', 'dpkg');
    await world.start();
    expect((await asked).map(({ runId }) => runId)).toEqual([1, 2]);
    expect((await users.ask('apt')).map(({ runId }) => runId)).toEqual([3]);
  });

  it('put what waits back on a broker that has lost it', async () => {
    await users.ask('hello', 'dpkg');
    await users.start('one');
    await users.takeJob();
    const request = checked(RedispatchRequest, { type: 'redispatch' });
    expect(await submit<'redispatch'>(users, request)).toEqual({ jobs: 1 });
    expect((await users.takeJob()).job.package).toBe('dpkg');
  });
});
