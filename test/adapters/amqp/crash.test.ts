import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import { describeWithRabbitmq, freshVhost } from '../../support/broker.js';
import { silentLogger } from '../../support/loggers.js';
import { bytes, take, takeOne, text, uniqueQueue } from '../../support/messages.js';

const support = (name: string): string => fileURLToPath(new URL(`../../support/${name}`, import.meta.url));

interface Child {
  /** The next line that it prints. */
  line(): Promise<string>;
  kill(): Promise<void>;
}

describeWithRabbitmq('the AMQP bus after a consumer was killed', () => {
  let url: string;
  let bus: AmqpBus;
  let children: Child[] = [];
  beforeAll(async () => {
    url = await freshVhost();
    bus = await AmqpBus.connect({ url, logger: silentLogger });
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    children = [];
  });
  afterAll(() => bus.close());

  async function startChild(...args: string[]): Promise<Child> {
    const command = ['--import', support('typescript-loader.js'), support('consumer-child.ts'), url, ...args];
    const process = spawn(globalThis.process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(process, 'exit');
    const lines = createInterface(process.stdout)[Symbol.asyncIterator]();
    const child: Child = {
      line: async () => String((await lines.next()).value),
      kill: async () => {
        process.kill('SIGKILL');
        await exit;
      },
    };
    children.push(child);
    expect(await child.line()).toBe('ready');
    return child;
  }

  it('delivers again what it had not acknowledged, and only that', async () => {
    const queue = uniqueQueue();
    const child = await startChild(queue.name);
    for (const body of ['1', 'ack', '2']) await bus.publish(queue.subject, bytes(body), { routed: true });
    expect([await child.line(), await child.line(), await child.line()]).toEqual(['1', 'ack', '2']);
    await child.kill();
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
    const waiting = takeOne(standby);
    await bus.publish(queue.subject, bytes('1'));
    expect(await child.line()).toBe('1');
    const killedAt = performance.now();
    await child.kill();
    expect([text(await waiting), (await waiting).redelivered]).toEqual(['1', true]);
    expect(performance.now() - killedAt).toBeLessThan(5000);
  });
});
