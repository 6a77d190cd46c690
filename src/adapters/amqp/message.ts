import { type Message as AmqpMessage, type MessageProperties, type Options } from 'amqplib';
import { type Headers, type Message, type PublishOptions } from '../../domain/ports/message-bus.js';

/** The content type that Debian's programs put on theirs. */
const CONTENT_TYPE = 'application/octet-stream';

/** Persistent always: whether a message is kept is the queue's affair. */
export function publishProperties(options: PublishOptions): Options.Publish {
  return {
    persistent: true,
    contentType: CONTENT_TYPE,
    priority: options.priority ?? 0,
    headers: { ...options.headers },
    ...(options.messageId === undefined ? {} : { messageId: options.messageId }),
  };
}

/** Reads what anybody may have sent: other programs leave out most properties, or put other types there. */
export function readMessage(message: AmqpMessage): Omit<Message, 'respond'> {
  const { properties, fields, content } = message;
  const messageId: unknown = properties.messageId;
  const priority: unknown = properties.priority;
  return {
    subject: fields.routingKey,
    body: content,
    headers: readHeaders(properties.headers),
    messageId: typeof messageId === 'string' ? messageId : null,
    priority: typeof priority === 'number' ? priority : 0,
  };
}

/** Numbers and booleans become text; tables, lists and bytes, which are not ours, are left out. */
function readHeaders(headers: MessageProperties['headers']): Headers {
  const entries = Object.entries(headers ?? {}) as [string, unknown][];
  const simple = entries.filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(simple.map(([name, value]) => [name, String(value)]));
}

/**
 * Where a reply goes; null: nobody waits for one. Only queues that the broker named for a requester, so that a
 * message cannot make us write to a queue of its sender's choice.
 */
export function replyAddress(message: AmqpMessage): { queue: string; correlationId: string } | null {
  const { replyTo, correlationId } = message.properties as { replyTo: unknown; correlationId: unknown };
  if (typeof replyTo !== 'string' || !replyTo.startsWith('amq.') || typeof correlationId !== 'string') return null;
  return { queue: replyTo, correlationId };
}

/** How long it may lie in queues, in ms; null: for ever. */
export function lifetimeMs(message: AmqpMessage): number | null {
  const expiration: unknown = message.properties.expiration;
  return typeof expiration === 'string' && /^\d+$/.test(expiration) ? Number(expiration) : null;
}
