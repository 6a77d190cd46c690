import type { ChannelModel, ConfirmChannel, ConsumeMessage, Message as Returned, Options } from 'amqplib';
import { NoRouteError } from '../../domain/ports/message-bus.js';
import type { Connection } from './connection.js';
import { RETURN_HEADER } from './envelope.js';
import { channelError } from './errors.js';

/** How long a publish waits for a lost connection to come back. */
const WAIT_FOR_CONNECTION_MS = 10_000;
/** RabbitMQ's pseudo queue: replies come straight back to the channel that asked. */
const REPLY_TO = 'amq.rabbitmq.reply-to';

export interface Outgoing {
  readonly exchange: string;
  readonly key: string;
  readonly body: Uint8Array;
  readonly properties: Options.Publish;
}

/** Waits for the broker's word on one message. */
interface Pending {
  readonly reject: (error: Error) => void;
  returned: boolean;
}

/** One confirm channel, with the messages that wait for its confirm. Once it is closed, none of them waits any more. */
interface Line {
  readonly model: ChannelModel;
  readonly channel: ConfirmChannel;
  readonly pending: Map<string, Pending>;
}

/**
 * Publishes with the broker's confirm, any number at a time. A message that the broker was given, but did not confirm
 * before the channel broke, fails: it may have arrived. The channel is opened anew on each connection, and whenever
 * the broker closed it.
 */
export class Publisher {
  private line: Line | null = null;
  private opening: Promise<Line> | null = null;
  private count = 0;

  constructor(
    private readonly connection: Connection,
    private readonly onReply: (reply: ConsumeMessage) => void,
    private readonly onBroken: (error: Error) => void,
  ) {}

  /**
   * The open channel at once, or the one promise that all wait for while it is opened: so messages that are published
   * together stay in order.
   */
  private current(): Line | Promise<Line> {
    const { line } = this;
    if (line !== null && line.model === this.connection.model) return line;
    this.opening ??= this.openLine().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** @throws NoRouteError for a mandatory message that no queue takes; BusUnavailableError */
  async publish({ exchange, key, body, properties }: Outgoing): Promise<void> {
    const current = this.current();
    const line = current instanceof Promise ? await current : current;
    const id = String(++this.count);
    const headers: Record<string, unknown> = { ...(properties.headers as Record<string, unknown>) };
    if (properties.mandatory === true) headers[RETURN_HEADER] = id;
    await new Promise<void>((resolve, reject) => {
      const pending: Pending = { reject, returned: false };
      line.pending.set(id, pending);
      const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      const confirm = (error: unknown): void => {
        line.pending.delete(id);
        if (error) reject(channelError(this.connection.label, `publish to ${key}`, error));
        else if (pending.returned) reject(new NoRouteError(key));
        else resolve();
      };
      try {
        line.channel.publish(exchange, key, content, { ...properties, headers }, confirm);
      } catch (error) {
        confirm(error);
      }
    });
  }

  /** Publishes a request; its reply comes to `onReply` with the same correlation id. */
  request(outgoing: Outgoing): Promise<void> {
    return this.publish({ ...outgoing, properties: { ...outgoing.properties, replyTo: REPLY_TO } });
  }

  /** Waits until the broker has confirmed or refused what it was given. */
  async settled(): Promise<void> {
    await this.line?.channel.waitForConfirms().catch(() => undefined);
  }

  private async openLine(): Promise<Line> {
    const { label } = this.connection;
    const model = await this.connection.whenUp(WAIT_FOR_CONNECTION_MS);
    try {
      const channel = await model.createConfirmChannel();
      const line: Line = { model, channel, pending: new Map() };
      let reason: unknown = new Error('the channel was closed');
      channel.on('error', (error: unknown) => (reason = error));
      channel.on('close', () => {
        this.broken(line, channelError(label, 'publish', reason));
      });
      channel.on('return', (message: Returned) => {
        const id = String(message.properties.headers?.[RETURN_HEADER]);
        const pending = line.pending.get(id);
        if (pending) pending.returned = true;
      });
      const onReply = (reply: ConsumeMessage | null): void => {
        if (reply !== null) this.onReply(reply);
      };
      await channel.consume(REPLY_TO, onReply, { noAck: true });
      this.line = line;
      return line;
    } catch (error) {
      throw channelError(label, 'publish', error);
    }
  }

  private broken(line: Line, error: Error): void {
    if (this.line === line) this.line = null;
    for (const { reject } of line.pending.values()) reject(error);
    line.pending.clear();
    this.onBroken(error);
  }
}
