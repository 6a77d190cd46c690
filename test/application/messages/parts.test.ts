import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_HEADER, partOf } from '../../../src/application/messages/headers.js';
import { MalformedMessageError } from '../../../src/application/messages/malformed.js';
import { PART_BYTES, resultMessages, WHOLE_BYTES } from '../../../src/application/messages/parts.js';

const HEADERS = { [ATTEMPT_HEADER]: '1', other: 'text' };

describe('a result on its way', () => {
  it('above 4 MiB is cut into parts of 1 MiB, which make up the whole again and say so', () => {
    const sizes = fc.oneof(
      fc.integer({ min: 0, max: 2 * WHOLE_BYTES }),
      fc.constantFrom(WHOLE_BYTES, WHOLE_BYTES + 1, WHOLE_BYTES + PART_BYTES),
    );
    fc.assert(
      fc.property(sizes, (size) => {
        const body = Buffer.alloc(size, size % 251);
        const messages = [...resultMessages({ name: '7-1', body, headers: HEADERS })];
        expect(Buffer.concat(messages.map((message) => message.body)).equals(body)).toBe(true);
        expect(messages).toHaveLength(size > WHOLE_BYTES ? Math.ceil(size / PART_BYTES) : 1);
        const sha256 = createHash('sha256').update(body).digest('hex');
        const count = messages.length;
        const keys = count === 1 ? [null] : messages.map((_, n) => ({ sha256, count, index: n + 1 }));
        expect(messages.map(({ headers }) => partOf(headers))).toEqual(keys);
        for (const { headers } of messages) expect(headers).toMatchObject(HEADERS);
        expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(count);
      }),
      { numRuns: 30 },
    );
  });

  it('of a job of Debian’s collector stays whole, for that one knows no parts', () => {
    const body = Buffer.alloc(2 * WHOLE_BYTES);
    const [message, ...more] = resultMessages({ name: '7-0', body, headers: {} });
    expect(message!.body).toBe(body);
    expect(partOf(message!.headers)).toBeNull();
    expect(more).toEqual([]);
  });
});

describe('the headers of a part', () => {
  const good = { 'debci-part': '1', 'debci-parts': '2', 'debci-sha256': 'a'.repeat(64) };

  it.each([
    ['no part at all', { 'debci-part': '0' }],
    ['a part behind the last', { 'debci-part': '3' }],
    ['a part that is no number', { 'debci-part': '1e0' }],
    ['more parts than may be', { 'debci-parts': '257' }],
    ['no count', { 'debci-parts': '' }],
    ['a digest with a path in it', { 'debci-sha256': `../${'a'.repeat(61)}` }],
    ['a short digest', { 'debci-sha256': 'a'.repeat(63) }],
  ])('are refused with %s', (_, bad) => {
    expect(partOf(good)).not.toBeNull();
    expect(() => partOf({ ...good, ...bad })).toThrow(MalformedMessageError);
  });
});
