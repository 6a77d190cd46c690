/**
 * A consumer to be killed: takes messages of the queue in argv[3] at the broker in argv[2], of which it may hold two, acknowledges those
 * that say `ack`, and prints the text of each. argv[4] `exclusive`: wants the queue for itself.
 */
import { AmqpBus } from '../../../../src/adapters/amqp/bus.js';
import { silentLogger } from '../../../support/loggers.js';

const [url = '', queue = '', exclusive] = process.argv.slice(2);
const bus = await AmqpBus.connect({ url, logger: silentLogger });
const consumer = await bus.consume(
  { name: queue, subjects: [queue] },
  { maxInFlight: 2, exclusive: exclusive === 'exclusive' },
);
console.log('ready');
for await (const delivery of consumer) {
  const text = Buffer.from(delivery.body).toString();
  if (text === 'ack') delivery.ack();
  console.log(text);
}
