import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBroker } from '../../src/adapters/memory/broker.js';
import { MemoryBus } from '../../src/adapters/memory/bus.js';
import { consumeLoop } from '../../src/application/consume.js';
import { DeadLetters } from '../../src/application/dead-letters.js';
import { visitDeadLetters, type DeadLetter, type Fate } from '../../src/application/dead-letter-box.js';
import { MalformedMessageError } from '../../src/application/messages/malformed.js';
import { StoreUnavailableError } from '../../src/domain/ports/event-store.js';
import type { Delivery, DurableQueue, MessageBus, PublishOptions } from '../../src/domain/ports/message-bus.js';
import { next, text, utf8 } from '../support/messages.js';
import { AmqpBus } from '../../src/adapters/amqp/bus.js';
import { describeWithRabbitmq, freshVhost } from '../support/broker.js';
import { silentLogger as logger } from '../support/loggers.js';

const WORK: DurableQueue = { name: 'work', subjects: ['work.a'], maxPriority: 10 };
const CLOCK = { now: () => new Date('2026-05-06T07:08:09.123Z') };

function cases(connect: () => Promise<MessageBus>): void {
  let bus: MessageBus;
  let dead: DeadLetters;
  beforeEach(async () => {
    bus = await connect();
    dead = new DeadLetters(bus, CLOCK, logger);
    await bus.ensureQueue(WORK);
  });
  afterEach(() => bus.close());

  const publish = (body: string, options: PublishOptions = {}): Promise<void> =>
    bus.publish('work.a', utf8(body), { routed: true, ...options });
  const nextWork = async (): Promise<Delivery> => {
    const consumer = await bus.consume(WORK, { maxInFlight: 1 });
    const delivery = await next(consumer);
    await consumer.close();
    return delivery;
  };
  const bury = async (...bodies: string[]): Promise<void> => {
    for (const body of bodies) {
      await publish(body);
      await dead.bury(WORK, await nextWork(), `because of ${body}`);
    }
  };
  const all = async (fate: (letter: DeadLetter) => Fate = () => 'keep'): Promise<DeadLetter[]> => {
    const letters: DeadLetter[] = [];
    const complete = await visitDeadLetters(bus, (letter) => {
      letters.push(letter);
      return fate(letter);
    });
    expect(complete).toBe(true);
    return letters;
  };
  const bodies = (letters: readonly DeadLetter[]): string[] => letters.map(text);

  it('keep the message with why, when and where it died, and stay where they are when looked at', async () => {
    await publish('a', { headers: { 'debci-attempt': '2', other: 'x' }, priority: 7, messageId: 'm' });
    await dead.bury(WORK, await nextWork(), 'it makes no sense');
    for (let look = 0; look < 3; look++) {
      expect(await all()).toEqual([
        {
          id: expect.stringMatching(/^[0-9a-f]{8}$/) as string,
          reason: 'it makes no sense',
          queue: 'work',
          time: '2026-05-06T07:08:09.123Z',
          bytes: 1,
          body: expect.anything() as Uint8Array,
          headers: { 'debci-attempt': '2', other: 'x' },
        },
      ]);
    }
  });

  it('come oldest first, and keep that order', async () => {
    await bury('a', 'b', 'c');
    await all((letter) => (text(letter) === 'b' ? 'drop' : 'keep'));
    expect(bodies(await all())).toEqual(['a', 'c']);
  });

  it('go back to their queue as they were', async () => {
    await publish('a', { headers: { 'debci-attempt': '2' }, priority: 7, messageId: 'm' });
    await dead.bury(WORK, await nextWork(), 'why');
    await all(() => 'send back');
    const again = await nextWork();
    expect(again).toMatchObject({ messageId: 'm', priority: 7, headers: { 'debci-attempt': '2' } });
    expect(text(again)).toBe('a');
    again.ack();
    expect(await all()).toEqual([]);
  });

  it('are taken whatever headers and reason the message has', async () => {
    await publish('a', { headers: { long: 'x'.repeat(60_000) } });
    await dead.bury(WORK, await nextWork(), `${'y'.repeat(999)}\u{1f600}\ud800`);
    expect(await all()).toMatchObject([{ headers: {}, reason: 'y'.repeat(999) + '\ufffd' }]);
  });

  it('stay where a visit goes wrong', async () => {
    await bury('a', 'b');
    await expect(
      visitDeadLetters(bus, (letter) => {
        if (text(letter) === 'b') throw new Error('it went wrong');
        return 'keep';
      }),
    ).rejects.toThrow('it went wrong');
    expect(bodies(await all())).toEqual(['a', 'b']);
  });

  it('that are more than fit into a visit are told to be more', async () => {
    await Promise.all(Array.from({ length: 260 }, (_, n) => bus.publish('debci.dead', utf8(String(n)))));
    await all(() => 'drop');
    await Promise.all(Array.from({ length: 260 }, (_, n) => bus.publish('debci.dead', utf8(String(n)))));
    let seen = 0;
    expect(await visitDeadLetters(bus, () => (seen++, 'keep'))).toBe(false);
    expect(seen).toBe(250);
    expect(await all(() => 'drop')).toHaveLength(260);
  });

  describe('from a loop over a queue', () => {
    let stop: AbortController;
    let ended: Promise<void>;
    const loop = (handle: (delivery: Delivery) => Promise<void>): void => {
      stop = new AbortController();
      ended = consumeLoop({ bus, queue: WORK, maxInFlight: 2, deadLetters: dead, logger, handle }, stop.signal);
    };
    /** Handles messages until the one that says `end` was handled. */
    const untilEnd = async (handle: (delivery: Delivery) => Promise<void>): Promise<void> => {
      await publish('end');
      await new Promise<void>((resolve) => {
        loop(async (delivery) => {
          if (text(delivery) !== 'end') return handle(delivery);
          delivery.ack();
          resolve();
        });
      });
      stop.abort();
      await ended;
    };

    it('are what it cannot understand; it goes on with the next', async () => {
      for (const body of ['a', 'b', 'c']) await publish(body);
      await untilEnd(() => Promise.reject(new MalformedMessageError('it makes no sense')));
      expect(bodies(await all()).sort()).toEqual(['a', 'b', 'c']);
    });

    it('are what meets an error that nobody foresaw, when it has met one twice', async () => {
      await publish('a');
      let tries = 0;
      loop(() => {
        tries += 1;
        return Promise.reject(new TypeError('x is not a function'));
      });
      const letters = await bus.consume({ name: 'debci_dead_letters', subjects: ['debci.dead'] }, { maxInFlight: 1 });
      const letter = await next(letters);
      expect([text(letter), tries]).toEqual(['a', 2]);
      stop.abort();
      await ended;
    });

    it('are not what may be handled later, however often it failed', async () => {
      await publish('a');
      let tries = 0;
      const handled = new Promise<void>((resolve) => {
        loop((delivery) => {
          if (++tries < 3) return Promise.reject(new StoreUnavailableError('disk full'));
          delivery.ack();
          resolve();
          return Promise.resolve();
        });
      });
      await handled;
      stop.abort();
      await ended;
      expect(await all()).toEqual([]);
    });
  });
}

describe('dead letters in memory', () => {
  cases(() => Promise.resolve(new MemoryBus(new MemoryBroker())));
});

describeWithRabbitmq('dead letters on a real RabbitMQ', () => {
  cases(async () => AmqpBus.connect({ url: await freshVhost(), logger }));
});
