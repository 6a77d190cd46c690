import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { CheckpointStore } from '../../src/domain/ports/checkpoint-store.js';
import { StoreUnavailableError, type Position } from '../../src/domain/ports/event-store.js';

/** A store of its own for one test, empty. */
export interface CheckpointStoreUnderTest {
  readonly store: CheckpointStore;
  /** Closes the store and opens it again, where it is durable. */
  readonly reopen?: () => CheckpointStore;
  readonly cleanup: () => void;
}

export interface CheckpointStoreFactory {
  /** Outlives its process. */
  readonly isDurable: boolean;
  create(): CheckpointStoreUnderTest;
}

/** What every checkpoint store must do. */
export function checkpointStoreConformance(name: string, factory: CheckpointStoreFactory): void {
  describe(`${name} as a checkpoint store`, () => {
    let underTest: CheckpointStoreUnderTest;
    let store: CheckpointStore;
    beforeEach(() => {
      underTest = factory.create();
      store = underTest.store;
    });
    afterEach(() => {
      underTest.cleanup();
    });
    const [earlier, later] = ['0000000000000041', '0000000000000042'] as [Position, Position];

    it('knows no checkpoint that was not saved', () => {
      expect(store.load('dispatch')).toBeNull();
    });

    it('gives back what was saved last', () => {
      store.save('dispatch', later);
      store.save('dispatch', earlier);
      expect(store.load('dispatch')).toBe(earlier);
    });

    it('keeps names apart, whatever they are', () => {
      const names = ['a', 'A', '', "it's", 'ä', 'a%'];
      names.forEach((each, n) => {
        store.save(each, `${n}` as Position);
      });
      expect(names.map((each) => store.load(each))).toEqual(names.map((_, n) => `${n}`));
    });

    if (factory.isDurable) {
      it('keeps checkpoints over a restart', () => {
        store.save('dispatch', later);
        expect(underTest.reopen!().load('dispatch')).toBe(later);
      });
    }

    it('neither loads nor saves after it is closed, and can be closed again', () => {
      store.close();
      store.close();
      expect(() => store.load('dispatch')).toThrow(StoreUnavailableError);
      expect(() => {
        store.save('dispatch', later);
      }).toThrow(StoreUnavailableError);
    });
  });
}
