import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeAnswer, decodeAttempt, encodeAttempt } from '../../../src/application/messages/control.js';
import { formatDispatch, parseDispatch } from '../../../src/application/messages/dispatch.js';
import {
  ATTEMPT_HEADER,
  attemptOf,
  PART_HEADER,
  partOf,
  PARTS_HEADER,
  SHA256_HEADER,
} from '../../../src/application/messages/headers.js';
import { MalformedMessageError } from '../../../src/application/messages/malformed.js';
import { decodeProgress, encodeProgress } from '../../../src/application/messages/progress.js';
import { jobs } from '../../domain/arbitraries.js';
import { FUZZ_CASES } from '../../support/fuzz.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Reads each of them: it is understood or malformed, and nothing else happens. @returns how many were understood */
function understood<Input>(inputs: fc.Arbitrary<Input>, read: (input: Input) => unknown): number {
  let count = 0;
  const property = fc.property(inputs, (input) => {
    try {
      read(input);
      count += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedMessageError);
    }
  });
  fc.assert(property, { numRuns: 2 * FUZZ_CASES });
  return count;
}

/** A good message, of which some bytes were changed, cut out or doubled. */
function damaged(messages: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.nat(255)), { maxLength: 4 });
  return fc.tuple(messages, edits).map(([message, wanted]) => wanted.reduce(edited, message));
}

function edited(message: Uint8Array, [place, kind, byte]: readonly [number, number, number]): Uint8Array {
  const at = place % (message.byteLength + 1);
  const [before, after] = [message.subarray(0, at), message.subarray(at)];
  if (kind === 0) return Buffer.concat([before, Uint8Array.of(byte), after]);
  if (kind === 1) return Buffer.concat([before, after.subarray(1 + (byte % 8))]);
  return Buffer.concat([before, Uint8Array.of(byte), after.subarray(1)]);
}

const lines = jobs.map((job) => utf8(formatDispatch(job)));
const said = fc.record({
  type: fc.constantFrom('started' as const, 'alive' as const),
  runId: fc.nat(),
  attempt: fc.nat(),
  worker: fc.string(),
});
const attempts = fc.record({ runId: fc.nat(), attempt: fc.option(fc.nat()), worker: fc.option(fc.string()) });

it('a damaged dispatch is understood or malformed, and what is understood can be written again', () => {
  const count = understood(damaged(lines), (body) => {
    const { request } = parseDispatch(body, 'amd64');
    expect(parseDispatch(utf8(formatDispatch(request)), 'amd64').request).toEqual(request);
  });
  expect(count).toBeGreaterThan(0);
});

it('a damaged word of a worker is understood or malformed', () => {
  expect(understood(damaged(said.map(encodeProgress)), decodeProgress)).toBeGreaterThan(0);
});

it('a damaged question or answer about a job is understood or malformed', () => {
  expect(understood(damaged(attempts.map(encodeAttempt)), decodeAttempt)).toBeGreaterThan(0);
  expect(understood(damaged(fc.constantFrom(utf8('yes'), utf8('no'))), decodeAnswer)).toBeGreaterThan(0);
});

it('whatever stands in headers, attempt and part are within their bounds or malformed', () => {
  const value = fc.oneof(
    fc.constantFrom('1', '2', '256', '257', '0', '-1', '1e3', '0x1', ' 1', '', 'a'.repeat(64), `${'a'.repeat(63)}/`),
    fc.nat(300).map(String),
    fc.string({ unit: 'binary' }),
  );
  const names = fc.constantFrom(ATTEMPT_HEADER, PART_HEADER, PARTS_HEADER, SHA256_HEADER, '__proto__', 'other');
  const headers = fc.dictionary(names, value);
  expect(understood(headers, attemptOf)).toBeGreaterThan(0);
  const parts = fc.tuple(headers, value, value).map(([others, part, count]) => ({
    [SHA256_HEADER]: 'a'.repeat(64),
    ...others,
    [PART_HEADER]: part,
    [PARTS_HEADER]: count,
  }));
  const count = understood(parts, (given) => {
    const part = partOf(given);
    expect(part?.index).toBeLessThanOrEqual(part!.count);
    expect(part?.count).toBeLessThanOrEqual(256);
    expect(part?.sha256).toMatch(/^[0-9a-f]{64}$/);
  });
  expect(count).toBeGreaterThan(0);
});
