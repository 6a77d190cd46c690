import { beforeAll } from 'vitest';
import { AmqpBus } from '../../../src/adapters/amqp/bus.js';
import { messageBusConformance } from '../../conformance/message-bus.js';
import { describeWithRabbitmq, freshVhost } from '../../support/broker.js';
import { silentLogger } from '../../support/loggers.js';

describeWithRabbitmq('the AMQP bus', () => {
  let url: string;
  beforeAll(async () => {
    url = await freshVhost();
  });
  messageBusConformance(() => AmqpBus.connect({ url, logger: silentLogger }));
});
