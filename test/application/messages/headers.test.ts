import { expect, it } from 'vitest';
import { attemptOf, ATTEMPT_HEADER } from '../../../src/application/messages/headers.js';
import { MalformedMessageError } from '../../../src/application/messages/malformed.js';

it('the attempt is read from its header; Debian sends none', () => {
  expect(attemptOf({ [ATTEMPT_HEADER]: '3' })).toBe(3);
  expect(attemptOf({})).toBeNull();
});

it.each(['', '0', '-1', '1.5', '1e3', ' 1', 'one', '9'.repeat(17)])('an attempt %j is malformed', (text) => {
  expect(() => attemptOf({ [ATTEMPT_HEADER]: text })).toThrow(MalformedMessageError);
});
