import { describe } from 'vitest';

import type { EventStore } from '../../src/domain/ports/event-store.js';
import { appendCases } from './event-store/append.js';
import { readCases } from './event-store/read.js';
import { subscribeCases } from './event-store/subscribe.js';

/** A store of its own for one test, empty. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Closes the store and opens it again, where it is durable. */
  readonly reopen?: () => Promise<EventStore>;
  readonly cleanup: () => Promise<void>;
}

export interface EventStoreFactory {
  /** Outlives its process. */
  readonly isDurable: boolean;
  create(): Promise<StoreUnderTest>;
}

/** What every event store must do. Nothing here knows which one it is. */
export function eventStoreConformance(name: string, factory: EventStoreFactory): void {
  describe(`${name} as an event store`, () => {
    describe('append', () => {
      appendCases(factory);
    });
    describe('read', () => {
      readCases(factory);
    });
    describe('subscribe', () => {
      subscribeCases(factory);
    });
  });
}
