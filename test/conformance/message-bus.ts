import { afterEach, beforeEach } from 'vitest';
import type { MessageBus } from '../../src/domain/ports/message-bus.js';
import { deliveryCases } from './message-bus/delivery.js';
import { lifeCases } from './message-bus/life.js';
import { messageCases } from './message-bus/message.js';
import { queueCases } from './message-bus/queue.js';
import { requestCases } from './message-bus/request.js';
import { subjectCases } from './message-bus/subjects.js';
import { subscriptionCases } from './message-bus/subscribe.js';

/** Opens a connection to a broker that all cases share; subjects and queues are new in each. */
export type OpenBus = () => Promise<MessageBus>;

/** What a case works with. */
export interface BusSuite {
  readonly bus: MessageBus;
  /** One more connection to the same broker. */
  another(): Promise<MessageBus>;
}

/** What every MessageBus does. */
export function messageBusConformance(openBus: OpenBus): void {
  let opened: MessageBus[] = [];
  const suite = {
    bus: null! as MessageBus,
    another: async (): Promise<MessageBus> => {
      const bus = await openBus();
      opened.push(bus);
      return bus;
    },
  };

  beforeEach(async () => {
    suite.bus = await suite.another();
  });
  afterEach(async () => {
    await Promise.all(opened.map((bus) => bus.close()));
    opened = [];
  });

  subjectCases(suite);
  subscriptionCases(suite);
  queueCases(suite);
  deliveryCases(suite);
  requestCases(suite);
  messageCases(suite);
  lifeCases(suite);
}
