import { afterEach, beforeEach } from 'vitest';

import type { EventStore } from '../../../src/domain/ports/event-store.js';
import type { EventStoreFactory, StoreUnderTest } from '../event-store.js';

/** A fresh store for each test of the file, cleaned up after it. */
export function useStore(factory: EventStoreFactory): { store: () => EventStore; underTest: () => StoreUnderTest } {
  let underTest: StoreUnderTest | undefined;
  const current = (): StoreUnderTest => {
    if (underTest === undefined) throw new Error('no test is running');
    return underTest;
  };
  beforeEach(async () => {
    underTest = await factory.create();
  });
  afterEach(async () => {
    await underTest?.cleanup();
    underTest = undefined;
  });
  return { store: () => current().store, underTest: current };
}
