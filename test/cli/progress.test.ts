import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startProgress } from '../../src/cli/progress.js';

beforeEach(() =>
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] }),
);
afterEach(() => vi.useRealTimers());

function stream(isTTY: boolean): { isTTY: boolean; written: string[]; write(text: string): void } {
  const written: string[] = [];
  return { isTTY, written, write: (text) => void written.push(text) };
}

it('shows nothing of what takes less than 2 s', () => {
  const out = stream(true);
  const progress = startProgress('Building', out);
  vi.advanceTimersByTime(1_999);
  progress.stop();
  vi.advanceTimersByTime(60_000);
  expect(out.written).toEqual([]);
});

it('draws one moving line on a terminal, and takes it away', () => {
  const out = stream(true);
  const progress = startProgress('Building', out);
  progress.update(3, 10);
  vi.advanceTimersByTime(2_100);
  expect(out.written).toEqual(['\r\u001b[K⠋ Building: 3 of 10 (2s)', '\r\u001b[K⠙ Building: 3 of 10 (2s)']);
  progress.stop();
  progress.stop();
  expect(out.written.slice(2)).toEqual(['\r\u001b[K']);
});

it('writes a plain line every 10 s elsewhere', () => {
  const out = stream(false);
  const progress = startProgress('Building', out);
  vi.advanceTimersByTime(2_000);
  progress.update(7);
  vi.advanceTimersByTime(20_000);
  progress.stop();
  expect(out.written).toEqual(['Building (2s)\n', 'Building: 7 (12s)\n', 'Building: 7 (22s)\n']);
});

it('tells how many a second where that was asked for', () => {
  const out = stream(false);
  const progress = startProgress('Replaying', out, { rate: true });
  vi.advanceTimersByTime(1_000);
  progress.update(45_000, 90_000);
  vi.advanceTimersByTime(1_000);
  progress.stop();
  expect(out.written).toEqual(['Replaying: 45000 of 90000, 45,000/s (2s)\n']);
});
