import { describe, expect, it, vi } from 'vitest';

import { MemoryBus } from '../../src/adapters/memory/bus.js';
import { Leadership, LeadershipLostError } from '../../src/application/leadership.js';
import type { BusStatus, MessageBus } from '../../src/domain/ports/message-bus.js';
import { silentLogger } from '../support/loggers.js';

const never = new AbortController().signal;

describe('Leadership', () => {
  it('is one process’s at a time, and passes on', async () => {
    const bus = new MemoryBus();
    const stop = new AbortController();
    const first = (await Leadership.gain(bus, silentLogger, never))!;
    const leading = first.run(stop.signal);
    let gained = false;
    const second = Leadership.gain(bus, silentLogger, never).then((leadership) => {
      gained = true;
      return leadership;
    });
    await new Promise(setImmediate);
    expect(gained).toBe(false);
    stop.abort();
    await leading;
    expect(await second).toBeInstanceOf(Leadership);
    await bus.close();
  });

  it('is not waited for any longer where the signal aborts', async () => {
    const bus = new MemoryBus();
    const stop = new AbortController();
    await Leadership.gain(bus, silentLogger, never);
    const waiting = Leadership.gain(bus, silentLogger, stop.signal);
    stop.abort();
    expect(await waiting).toBeNull();
    expect(await Leadership.gain(bus, silentLogger, stop.signal)).toBeNull();
    await bus.close();
  });

  it('is lost where the connection comes back, and the baton does not', async () => {
    const bus = new MemoryBus();
    let tell: (status: BusStatus) => void = () => undefined;
    const watched: MessageBus = Object.assign(Object.create(bus) as MessageBus, {
      onStatus: (listener: typeof tell) => {
        tell = listener;
        return () => undefined;
      },
    });
    const leadership = (await Leadership.gain(watched, silentLogger, never))!;
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    try {
      const leading = leadership.run(never);
      const lost = expect(leading).rejects.toThrow(LeadershipLostError);
      tell({ kind: 'reconnecting', attempt: 1, reason: 'cut' });
      tell({ kind: 'connected' });
      for (let n = 0; n < 20; n++) await vi.advanceTimersByTimeAsync(1000);
      await lost;
    } finally {
      vi.useRealTimers();
      await bus.close();
    }
  });
});
