import { MemoryEventStore } from '../../../src/adapters/memory/event-store.js';
import { eventStoreConformance } from '../../conformance/event-store.js';

eventStoreConformance('MemoryEventStore', {
  isDurable: false,
  create: () => {
    const store = new MemoryEventStore();
    return Promise.resolve({ store, cleanup: () => store.close() });
  },
});
