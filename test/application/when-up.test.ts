import { describe, expect, it } from 'vitest';
import { whenUp } from '../../src/application/when-up.js';
import { BusAccessError, BusUnavailableError } from '../../src/domain/ports/message-bus.js';
import { silentLogger as logger } from '../support/loggers.js';

describe('what needs the bus', () => {
  const stop = new AbortController();

  it('is tried until the bus is there', async () => {
    let tries = 0;
    const work = (): Promise<string> =>
      ++tries < 2 ? Promise.reject(new BusUnavailableError('gone')) : Promise.resolve('done');
    expect(await whenUp(work, logger, stop.signal)).toBe('done');
    expect(tries).toBe(2);
  });

  it.each([new BusAccessError('no such user'), new Error('a bug')])(
    'fails at once where waiting does not help: $message',
    async (error) => {
      await expect(whenUp(() => Promise.reject(error), logger, stop.signal)).rejects.toBe(error);
    },
  );

  it('is given up when the signal aborts', async () => {
    const aborting = new AbortController();
    const work = (): Promise<void> => {
      aborting.abort();
      return Promise.reject(new BusUnavailableError('gone'));
    };
    expect(await whenUp(work, logger, aborting.signal)).toBeNull();
  });
});
