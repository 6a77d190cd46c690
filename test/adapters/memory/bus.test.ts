import { MemoryBroker } from '../../../src/adapters/memory/broker.js';
import { MemoryBus } from '../../../src/adapters/memory/bus.js';
import { messageBusConformance } from '../../conformance/message-bus.js';

messageBusConformance('in memory', () => {
  const broker = new MemoryBroker();
  return Promise.resolve({
    connect: () => Promise.resolve(new MemoryBus(broker)),
    dispose: () => Promise.resolve(),
  });
});
