import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactUrl, redactUrls } from '../../src/cli/redact.js';

describe('redactUrls', () => {
  it.each([
    ['amqp://user:secret@host/vhost', 'amqp://user:***@host/vhost'],
    ['cannot reach amqps://u:p@ss/w:ord@host:5671, giving up', 'cannot reach amqps://u:***@host:5671, giving up'],
    ['http://host:8080/path', 'http://host:8080/path'],
    ['mail someone@example.org', 'mail someone@example.org'],
    ['{"url":"amqp://u:p@h","mail":"a@b"}', '{"url":"amqp://u:***@h","mail":"a@b"}'],
  ])('makes %s to %s', (text, expected) => {
    expect(redactUrls(text)).toBe(expected);
  });
});

describe('redactUrl', () => {
  it('hides the password of any URL, well formed or not', () => {
    const secret = fc.string({ minLength: 1 }).map((text) => `<${text}>`);
    fc.assert(
      fc.property(
        fc.constantFrom('amqp://u:', 'esdb+discover://u:', 'amqp:u:', 'u:', ''),
        secret,
        (start, password) => {
          expect(redactUrl(`${start}${password}@host`)).not.toContain(password);
          expect(redactUrl(`${start}${password}@host`)).toMatch(/@host$/);
        },
      ),
    );
  });

  it.each(['amqp://localhost', 'amqp://user@host', 'https://deb.example.org/debian', 'sqlite:///a/b'])(
    'leaves %s alone',
    (url) => {
      expect(redactUrl(url)).toBe(url);
    },
  );
});
