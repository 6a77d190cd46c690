import { describe, expect, it, vi } from 'vitest';
import { unlessAborted } from '../../src/application/unless-aborted.js';

describe('what is waited for unless a signal aborts', () => {
  const never = new AbortController().signal;

  it('is what the work gives, or its failure', async () => {
    expect(await unlessAborted(Promise.resolve('done'), never, vi.fn())).toBe('done');
    await expect(unlessAborted(Promise.reject(new Error('broken')), never, vi.fn())).rejects.toThrow('broken');
  });

  it('is nothing where it aborts; what comes late is handed on, its failure passed over', async () => {
    const stop = new AbortController();
    let finish: (result: string) => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const late = vi.fn();
    const waiting = [
      unlessAborted(new Promise<string>((resolve) => (finish = resolve)), stop.signal, late),
      unlessAborted(new Promise<string>((_, reject) => (fail = reject)), stop.signal, late),
    ];
    stop.abort();
    expect(await Promise.all(waiting)).toEqual([null, null]);
    fail(new Error('late'));
    finish('late');
    await vi.waitFor(() => {
      expect(late.mock.calls).toEqual([['late']]);
    });
    expect(await unlessAborted(new Promise(() => undefined), stop.signal, late)).toBeNull();
  });
});
