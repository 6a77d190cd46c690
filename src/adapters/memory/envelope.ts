import { type Message, type PublishOptions } from '../../domain/ports/message-bus.js';

/** A message on its way through the broker; shared by all queues and subscriptions that it reaches. */
export interface Envelope {
  readonly content: Omit<Message, 'respond'>;
  readonly reply: ((message: Message) => void) | null;
  /** Its sender no longer waits for it. */
  withdrawn: boolean;
}

export function seal(
  subject: string,
  body: Uint8Array,
  options: PublishOptions,
  reply: Envelope['reply'] = null,
): Envelope {
  const content = {
    subject,
    // A copy, for the sender may use its buffer again.
    body: Uint8Array.from(body),
    headers: { ...options.headers },
    messageId: options.messageId ?? null,
    priority: options.priority ?? 0,
  };
  return { content, reply, withdrawn: false };
}
