import type { ConsumeMessage, Options } from 'amqplib';
import type { Headers, Message, PublishOptions } from '../../domain/ports/message-bus.js';

/** By this header a message that the broker returned is known again. Not handed out. */
export const RETURN_HEADER = 'debci-return';

/** What goes onto the wire beside the body. All messages are persistent: they may reach a durable queue. */
export function properties({ headers, priority, messageId, routed }: PublishOptions): Options.Publish {
  return {
    persistent: true,
    contentType: 'application/octet-stream',
    headers: { ...headers },
    mandatory: routed === true,
    ...(priority !== undefined && { priority }),
    ...(messageId !== undefined && { messageId }),
  };
}

/** Those of other programs may hold tables and lists, which have no form here. */
function textHeaders(headers: Readonly<Record<string, unknown>>): Headers {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const isText = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (isText && name !== RETURN_HEADER) texts[name] = String(value);
  }
  return texts;
}

/** A received message. One that came over the default exchange has its queue's name as subject. */
export function open({ fields, properties: p, content }: ConsumeMessage, respond: Message['respond']): Message {
  return {
    subject: fields.routingKey,
    body: content,
    headers: textHeaders(p.headers ?? {}),
    messageId: typeof p.messageId === 'string' ? p.messageId : null,
    priority: typeof p.priority === 'number' ? p.priority : 0,
    respond,
  };
}
