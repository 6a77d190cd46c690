import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** GraphQL, as the server needs it (src/graphql is what answers). */
export interface GraphqlHandler {
  answer(request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: string | null;
    readonly signal: AbortSignal;
  }): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    /** An iterable for a subscription. */
    readonly body: string | Buffer | AsyncIterable<Uint8Array> | null;
  }>;
  /** Takes over a connection that asks to become a WebSocket. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends all subscriptions. */
  close(): Promise<void>;
}
