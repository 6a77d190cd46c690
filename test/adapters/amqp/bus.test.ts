import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import { messageBusConformance } from '../../conformance/message-bus.js';
import { describeWithRabbitmq, freshVhost } from '../../support/broker.js';
import { silentLogger } from '../../support/loggers.js';

describeWithRabbitmq('on a real RabbitMQ', () => {
  messageBusConformance('over AMQP', async () => {
    const url = await freshVhost();
    return {
      connect: () => AmqpBus.connect({ url, logger: silentLogger }),
      dispose: () => Promise.resolve(),
    };
  });
});
