import type { Headers } from '../../domain/ports/message-bus.js';
import { attempt } from '../../domain/rules.js';
import { required } from './malformed.js';

/** What our messages carry beyond Debian's; Debian's programs neither send nor read it. */
export const ATTEMPT_HEADER = 'debci-attempt';
export const WORKER_HEADER = 'debci-worker';

/**
 * Which attempt a dispatch or a result belongs to; null where the sender (Debian's) does not count attempts.
 * @throws MalformedMessageError where it is no attempt.
 */
export function attemptOf(headers: Headers): number | null {
  const text = headers[ATTEMPT_HEADER];
  if (text === undefined) return null;
  return required(ATTEMPT_HEADER, /^[0-9]{1,16}$/.test(text) ? Number(text) : text, attempt) as number;
}
