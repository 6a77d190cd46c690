import { describe, expect, it } from 'vitest';
import { runBeneath, runTogether, type Runnable } from '../../src/application/run-together.js';

/** Runs until its signal aborts, and notes what happens. */
function runnable(name: string, notes: string[], atEnd: () => Promise<void> = () => Promise.resolve()): Runnable {
  return {
    run: async (signal) => {
      notes.push(`${name} begins`);
      if (!signal.aborted)
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve, { once: true });
        });
      await atEnd();
      notes.push(`${name} ends`);
    },
  };
}

const failing: Runnable = { run: () => Promise.reject(new Error('it failed')) };

describe('running together', () => {
  it('goes on until the signal aborts, and ends when all have ended', async () => {
    const notes: string[] = [];
    const stop = new AbortController();
    const running = runTogether([runnable('a', notes), runnable('b', notes)], stop.signal);
    expect(notes).toEqual(['a begins', 'b begins']);
    stop.abort();
    await running;
    expect(notes.slice(2).sort()).toEqual(['a ends', 'b ends']);
  });

  it('stops the others where one fails, and throws its error when they have ended', async () => {
    const notes: string[] = [];
    const running = runTogether([runnable('a', notes), failing], new AbortController().signal);
    await expect(running).rejects.toThrow('it failed');
    expect(notes).toEqual(['a begins', 'a ends']);
  });
});

describe('running beneath', () => {
  it('ends what is beneath only when what is above has ended', async () => {
    const notes: string[] = [];
    const stop = new AbortController();
    const slow = runnable('above', notes, () => new Promise((resolve) => setImmediate(resolve)));
    const running = runBeneath(runnable('base', notes), slow, stop.signal);
    stop.abort();
    await running;
    expect(notes.slice(2)).toEqual(['above ends', 'base ends']);
  });

  it.each([
    { what: 'base', parts: (notes: string[]) => [failing, runnable('other', notes)] as const },
    { what: 'above', parts: (notes: string[]) => [runnable('other', notes), failing] as const },
  ])('stops the other where what is $what fails', async ({ parts }) => {
    const notes: string[] = [];
    const [base, above] = parts(notes);
    await expect(runBeneath(base, above, new AbortController().signal)).rejects.toThrow('it failed');
    expect(notes).toEqual(['other begins', 'other ends']);
  });
});
