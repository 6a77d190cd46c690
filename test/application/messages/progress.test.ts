import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MalformedMessageError } from '../../../src/application/messages/malformed.js';
import { decodeProgress, encodeProgress, type ProgressMessage } from '../../../src/application/messages/progress.js';
import { runIds, triggers } from '../../domain/arbitraries.js';

const started: ProgressMessage = { type: 'started', runId: 12, attempt: 1, worker: 'ci-worker-1' };
const decodeText = (text: string): ProgressMessage => decodeProgress(new TextEncoder().encode(text));

it('what was written is read again, whatever it says', () => {
  const said = { runId: runIds, attempt: runIds, worker: triggers };
  const messages: fc.Arbitrary<ProgressMessage> = fc.oneof(
    fc.record({ type: fc.constantFrom('started' as const, 'alive' as const), ...said }),
    fc.record({ type: fc.constant('released' as const), ...said, reason: triggers }),
  );
  fc.assert(
    fc.property(messages, (message) => {
      expect(decodeProgress(encodeProgress(message))).toEqual(message);
    }),
  );
});

it('fields that are not known are left out', () => {
  expect(decodeText(JSON.stringify({ ...started, extra: 1 }))).toEqual(started);
});

it.each([
  ['no JSON', 'hello'],
  ['no object', '7'],
  ['null', 'null'],
  ['a list', '[]'],
  ['no reason to give a job back', JSON.stringify({ ...started, type: 'released' })],
  ['another type', JSON.stringify({ ...started, type: 'finished' })],
  ['no run id', JSON.stringify({ ...started, runId: undefined })],
  ['a run id that is text', JSON.stringify({ ...started, runId: '12' })],
  ['attempt 0', JSON.stringify({ ...started, attempt: 0 })],
  ['a worker that is a number', JSON.stringify({ ...started, worker: 1 })],
  ['a worker that would command a terminal', JSON.stringify({ ...started, worker: 'x\u001b[2J' })],
])('is refused: %s', (_, text) => {
  expect(() => decodeText(text)).toThrow(MalformedMessageError);
});

it('whatever comes is understood or refused as malformed, nothing else', () => {
  const hostile = fc.oneof(
    fc.uint8Array(),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc
      .record({ type: fc.constant('alive'), runId: fc.anything(), attempt: fc.anything(), worker: fc.anything() })
      .map((fields) => new TextEncoder().encode(fc.stringify(fields))),
  );
  fc.assert(
    fc.property(hostile, (body) => {
      try {
        decodeProgress(body);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessageError);
      }
    }),
  );
});
