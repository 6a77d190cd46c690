import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import { describeWithRabbitmq, freshVhost } from '../../support/broker.js';
import { nextLine, spawnScript, type Child } from '../../support/child.js';
import { silentLogger } from '../../support/loggers.js';
import { next, take, text, uniqueQueue, utf8 } from '../../support/messages.js';

describeWithRabbitmq('the AMQP bus after a consumer was killed', () => {
  let url: string;
  let bus: AmqpBus;
  let children: Child[] = [];
  beforeAll(async () => {
    url = await freshVhost();
    bus = await AmqpBus.connect({ url, logger: silentLogger });
  });
  afterEach(async () => {
    await Promise.all(children.map(kill));
    children = [];
  });
  afterAll(() => bus.close());

  async function startChild(...args: string[]): Promise<Child> {
    const child = spawnScript(new URL('./children/consume.ts', import.meta.url), [url, ...args]);
    children.push(child);
    expect(await nextLine(child)).toBe('ready');
    return child;
  }

  async function kill(child: Child): Promise<void> {
    child.process.kill('SIGKILL');
    await child.ended;
  }

  it('delivers again what it had not acknowledged, and only that', async () => {
    const queue = uniqueQueue();
    const child = await startChild(queue.name);
    for (const body of ['1', 'ack', '2']) await bus.publish(queue.subject, utf8(body), { routed: true });
    // It may hold two: that it got the third shows that the broker had its acknowledgement.
    expect([await nextLine(child), await nextLine(child), await nextLine(child)]).toEqual(['1', 'ack', '2']);
    await kill(child);
    const consumer = await bus.consume(queue, { maxInFlight: 10 });
    expect((await take(consumer, 2)).map((each) => [text(each), each.redelivered])).toEqual([
      ['1', true],
      ['2', true],
    ]);
  });

  it('lets the one who waits take over from an exclusive consumer', async () => {
    const queue = uniqueQueue();
    const child = await startChild(queue.name, 'exclusive');
    const standby = await bus.consume(queue, { maxInFlight: 10, exclusive: true });
    const waiting = next(standby);
    await bus.publish(queue.subject, utf8('1'));
    expect(await nextLine(child)).toBe('1');
    const killedAt = performance.now();
    await kill(child);
    expect([text(await waiting), (await waiting).redelivered]).toEqual(['1', true]);
    expect(performance.now() - killedAt).toBeLessThan(5000);
  });
});
