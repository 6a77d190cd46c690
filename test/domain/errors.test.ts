import { describe, expect, it } from 'vitest';
import { DebciError, InvalidInputError, UnknownRunError, UnreadableEventError } from '../../src/domain/errors.js';

const invalid = (value: unknown): InvalidInputError =>
  new InvalidInputError([{ field: 'trigger', value, allowed: 'something else' }]);

describe('an error of ours', () => {
  it('is named after its class, and keeps its cause', () => {
    const cause = new Error('disk');
    const error = new UnreadableEventError('damaged', { cause });
    expect(error).toBeInstanceOf(DebciError);
    expect(error).toMatchObject({ name: 'UnreadableEventError', code: 'E_UNREADABLE_EVENT', exitCode: 1, cause });
  });

  it('that the caller can mend by other input ends the CLI with 2', () => {
    expect(invalid('x').exitCode).toBe(2);
    expect(new UnknownRunError(7)).toMatchObject({ exitCode: 2, message: 'run 7 is not known' });
  });
});

describe('what is said of invalid input', () => {
  it('is field, value and what is allowed, a line each', () => {
    const error = new InvalidInputError([
      { field: 'suite', value: 'a b', allowed: 'a suite' },
      { field: 'package', value: undefined, allowed: 'a package' },
    ]);
    expect(error.message).toBe(
      'suite: "a b" is not allowed; allowed is a suite\npackage: nothing is not allowed; allowed is a package',
    );
  });

  it('is short however long the value', () => {
    expect(invalid('x'.repeat(1e6)).message.length).toBeLessThan(200);
  });

  it('commands no terminal: what cannot be printed is escaped', () => {
    const { message } = invalid('a\u001b[2J\u009b2J\u202e\u2028\u007f\n');
    expect(message).toContain(String.raw`"a\u001b[2J\u009b2J\u202e\u2028\u007f\n"`);
  });
});
