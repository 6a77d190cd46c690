import { BadSubjectError } from './ports/message-bus.js';

/**
 * Subjects and patterns, NATS's way: tokens joined by dots. In a pattern `*` stands for exactly one token, and `>`,
 * which can only come last, for one or more.
 */

/** What fits into the keys of every transport: AMQP's hold 255 bytes, and a pattern grows a little on its way there. */
export const MAX_SUBJECT_CHARACTERS = 200;
/** A group's name becomes part of a queue's name, beside a pattern. */
export const MAX_GROUP_CHARACTERS = 40;

const TOKEN = /^[a-zA-Z0-9_+-]+$/;

/** @throws BadSubjectError unless messages can be published to it. */
export function assertSubject(subject: string): void {
  if (!isWellFormed(subject, (token) => TOKEN.test(token))) throw new BadSubjectError(subject);
}

/** @throws BadSubjectError unless it is a subject, or one with wildcards where they may be. */
export function assertPattern(pattern: string): void {
  const allowed = (token: string, last: boolean): boolean =>
    TOKEN.test(token) || token === '*' || (token === '>' && last);
  if (!isWellFormed(pattern, allowed)) throw new BadSubjectError(pattern);
}

/** @throws BadSubjectError unless it is one token. */
export function assertGroup(group: string): void {
  if (group.length > MAX_GROUP_CHARACTERS || !TOKEN.test(group)) throw new BadSubjectError(group);
}

function isWellFormed(text: string, allowed: (token: string, last: boolean) => boolean): boolean {
  if (text.length > MAX_SUBJECT_CHARACTERS) return false;
  return text.split('.').every((token, index, all) => allowed(token, index === all.length - 1));
}

/** Whether a message to `subject` reaches `pattern`. Both must be well formed. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const given = subject.split('.');
  const open = wanted.at(-1) === '>';
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((token, index) => token === '*' || token === '>' || token === given[index]);
}
