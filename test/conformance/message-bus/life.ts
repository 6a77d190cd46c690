import { describe, expect, it } from 'vitest';
import { BusUnavailableError } from '../../../src/domain/ports/message-bus.js';
import { takeTexts, uniqueQueue, utf8 } from '../../support/messages.js';
import { type BusSuite } from '../message-bus.js';

/** How a bus ends. */
export function lifeCases(suite: BusSuite): void {
  describe('a bus', () => {
    it('that is open is connected', () => {
      expect(suite.bus.status).toEqual({ kind: 'connected' });
    });

    it('that closes says so, and takes nothing more', async () => {
      const seen: string[] = [];
      suite.bus.onStatus((status) => seen.push(status.kind));
      const stop = suite.bus.onStatus(() => seen.push('not called'));
      stop();
      const queue = uniqueQueue();
      await suite.bus.close();
      await suite.bus.close();
      expect(seen).toEqual(['closed']);
      expect(suite.bus.status.kind).toBe('closed');
      await expect(suite.bus.publish(queue.subject, utf8('x'))).rejects.toThrow(BusUnavailableError);
      await expect(suite.bus.ensureQueue(queue)).rejects.toThrow(BusUnavailableError);
      await expect(suite.bus.subscribe(queue.subject)).rejects.toThrow(BusUnavailableError);
      await expect(suite.bus.consume(queue, { maxInFlight: 1 })).rejects.toThrow(BusUnavailableError);
      await expect(suite.bus.request(queue.subject, utf8('x'), { timeoutMs: 1000 })).rejects.toThrow(
        BusUnavailableError,
      );
    });

    it('lets what is under way end as it closes', async () => {
      const queue = uniqueQueue();
      await suite.bus.ensureQueue(queue);
      const sent = Array.from({ length: 100 }, (_, index) => `${index}`);
      const publishing = Promise.all(sent.map((body) => suite.bus.publish(queue.subject, utf8(body))));
      await suite.bus.close();
      await publishing;
      const consumer = await (await suite.another()).consume(queue, { maxInFlight: 100 });
      expect(await takeTexts(consumer, 100)).toEqual(sent);
    });

    it('ends its consumers as it closes', async () => {
      const consumer = await suite.bus.consume(uniqueQueue(), { maxInFlight: 1 });
      const upcoming = consumer[Symbol.asyncIterator]().next();
      await suite.bus.close();
      expect((await upcoming).done).toBe(true);
    });
  });
}
