import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration } from '../../src/web/format.js';
import { logToHtml } from '../../src/web/log-text.js';
import { collect } from '../support/events.js';

describe('durations', () => {
  it.each([
    [0, '0s'],
    [0.4, '0s'],
    [59.6, '1m'],
    [61, '1m 1s'],
    [3600, '1h'],
    [3723, '1h 2m 3s'],
    [100_000, '27h 46m 40s'],
    [-5, '0s'],
  ])('of %d seconds read %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [20_000_000, '20 MB'],
    [5e12, '5000 GB'],
  ])('of %d bytes read %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

async function html(...pieces: (string | Uint8Array)[]): Promise<string> {
  async function* log(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
  }
  return (await collect(logToHtml(log()))).join('');
}

describe('a log in a page', () => {
  it('is text, whatever it holds, and however it is cut', async () => {
    expect(await html('a </pr', 'e><scr', 'ipt>&\n')).toBe('a &lt;/pre&gt;&lt;script&gt;&amp;\n');
  });

  it('keeps characters that come in two pieces', async () => {
    const bytes = Buffer.from('über\n');
    expect(await html(bytes.subarray(0, 1), bytes.subarray(1))).toBe('über\n');
  });

  it('loses colours, controls and tricks with the direction of text', async () => {
    expect(await html('\u001b[31;1mred\u001b[0m\u0000\u0007\u202e\r\nx\ty')).toBe('red\nx\ty');
  });

  it('survives bytes that are no text', async () => {
    expect(await html(Uint8Array.of(0xff, 0xfe, 0x41))).toBe('\ufffd\ufffdA');
  });

  it('does not wait for the end of a line that has none', async () => {
    const pieces = Array.from({ length: 40 }, () => 'x'.repeat(10_000));
    async function* log(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      for (const piece of pieces) yield Buffer.from(piece);
    }
    const parts = await collect(logToHtml(log()));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join('')).toBe(pieces.join(''));
  });
});
