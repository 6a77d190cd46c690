import { describe } from 'vitest';
import { MemoryBroker } from '../../../src/adapters/memory/broker.js';
import { MemoryBus } from '../../../src/adapters/memory/bus.js';
import { messageBusConformance } from '../../conformance/message-bus.js';

describe('the memory bus', () => {
  const broker = new MemoryBroker();
  messageBusConformance(() => Promise.resolve(new MemoryBus(broker)));
});
