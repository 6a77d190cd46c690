import { Errors } from '@oclif/core';
import { describe, expect, it } from 'vitest';
import { ending } from '../../src/cli/errors.js';
import { DebciError, InvalidInputError } from '../../src/domain/errors.js';

class BrokenError extends DebciError {
  readonly code = 'E_BROKEN';
}

describe('ending', () => {
  it('says the message, and one line a cause', () => {
    const root = new Error('connect ECONNREFUSED\nsecond line');
    const error = new BrokenError('no answer', { cause: new BrokenError('no broker', { cause: root }) });
    expect(ending(error, false)).toEqual({
      text: 'debci: no answer\n  because: no broker\n  because: connect ECONNREFUSED second line\n',
      exitCode: 1,
    });
  });

  it('ends at a chain of causes that bites its tail', () => {
    const error = new BrokenError('a');
    error.cause = error;
    expect(ending(error, false).text.split('\n').length).toBeLessThan(20);
  });

  it('exits with 2 for bad input and for bad usage', () => {
    const input = new InvalidInputError([{ field: 'suite', value: 'X', allowed: 'y' }]);
    expect(ending(input, false)).toEqual({ text: 'debci: suite: "X" is not allowed; allowed is y\n', exitCode: 2 });
    expect(ending(new Errors.CLIError('Nonexistent flag: --foo'), false).exitCode).toBe(2);
    expect(ending(new Errors.CLIError('command log:show not found'), false).text).toContain('no command log show;');
  });

  it('is silent where a command just exits', () => {
    expect(ending(new Errors.ExitError(3), false)).toEqual({ text: '', exitCode: 3 });
  });

  it.each([
    [new TypeError('x is\nnot y'), 'debci: x is not y\n'],
    [new Error(), 'debci: Error\n'],
    ['a string', 'debci: a string\n'],
    [undefined, 'debci: undefined\n'],
  ])('says anything else in one line, with exit code 1', (error, text) => {
    expect(ending(error, false)).toEqual({ text, exitCode: 1 });
  });

  it('shows the stack for debug only', () => {
    expect(ending(new Error('x'), false).text).not.toContain(' at ');
    expect(ending(new Error('x'), true).text).toMatch(/Error: x\n\s+at /);
  });

  it('hides passwords and disarms what drives a terminal', () => {
    const error = new BrokenError('amqp://u:hush@h', { cause: new Error('\u001b[2J amqp://u:hush@h') });
    expect(ending(error, true).text).not.toContain('hush');
    expect(ending(error, false).text).toContain('because: \\u001b[2J');
  });
});
