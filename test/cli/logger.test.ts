import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/cli/logger.js';

function logged(isTTY: boolean, options: { quiet?: boolean; debug?: boolean } = {}): string {
  let text = '';
  const stream = { isTTY, write: (line: string) => void (text += line) };
  const logger = createLogger({ quiet: false, debug: false, colours: false, stream, ...options });
  logger.debug({}, 'a debug line');
  logger.info({ runId: 7, url: 'amqp://u:hush@host' }, 'job \u001b[2J queued at amqp://u:hush@host');
  logger.warn({ error: new Error('amqp://u:hush@host refused \u001b[2J') }, 'a warning');
  return text;
}

describe('createLogger', () => {
  it('writes JSON lines where there is no terminal', () => {
    const lines = logged(false)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ level: 'info', runId: 7, url: 'amqp://u:***@host' });
    expect(lines[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(lines[1]).toMatchObject({ error: { type: 'Error' } });
  });

  it('writes readable lines on a terminal, which nothing in them can drive', () => {
    const text = logged(true);
    expect(text).toMatch(/INFO.*job \\u001b\[2J queued/);
    expect(text).toContain('runId: 7');
    expect(text).not.toContain('\u001b');
  });

  it.each([true, false])('never writes a password (terminal: %s)', (isTTY) => {
    expect(logged(isTTY, { debug: true })).not.toContain('hush');
  });

  it('says more for debug, and less for quiet', () => {
    expect(logged(false, { debug: true })).toContain('a debug line');
    expect(logged(false, { quiet: true })).not.toContain('queued');
  });

  it('writes whole JSON, whatever a message holds', () => {
    const url = fc
      .tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))
      .map(([a, b]) => `${a}amqp://u:${b}@h`);
    fc.assert(
      fc.property(fc.oneof(url, fc.string({ unit: 'binary' })), (text) => {
        for (const isTTY of [true, false]) {
          let line = '';
          const stream = { isTTY, write: (part: string) => void (line += part) };
          createLogger({ quiet: false, debug: false, colours: false, stream }).info({ text }, text);
          if (isTTY) expect(line).not.toMatch(/(?![\n\t])\p{Cc}/u);
          else expect(() => void JSON.parse(line)).not.toThrow();
        }
      }),
    );
  });
});
