import {
  Server,
  ServerCredentials,
  status as Status,
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  appendResponse,
  batchError,
  batchResponse,
  fromChunks,
  fromMessages,
  simpleError,
  sizeOf,
  tooLarge,
} from './appending.js';
import { Faults, type Fault } from './faults.js';
import { ServerLog } from './log.js';
import { BrokenRuleError, grpcError, required, streamNameOf } from './messages.js';
import { serveRead, statusOf } from './reading.js';
import { Wire } from './wire.js';

export interface ServerOptions {
  /** Shared by the members of a cluster. */
  readonly log?: ServerLog;
  /** Of one append, in bytes; a real server's default is 1 MiB. */
  readonly maxAppendSize?: number;
  /** `clientCa`: clients must have a certificate that it signed. */
  readonly tls?: { readonly key: Buffer; readonly certificate: Buffer; readonly clientCa?: Buffer };
  /** Who is let in; needs tls. */
  readonly user?: { readonly name: string; readonly password: string };
  /** False: an old server, which is appended to call by call. */
  readonly batchAppend?: boolean;
}

/** Of a real server, in bytes. */
const DEFAULT_MAX_APPEND_SIZE = 1024 * 1024;
/** What gRPC takes of one message, in bytes. */
const MAX_MESSAGE_BYTES = 17 * 1024 * 1024;

/**
 * A small EventStoreDB, for tests: what debci's adapter uses of one, over the real protocol (the client's own
 * definitions) and a wire that can be cut. What it knows of the real one is read from the client, the protocol and the
 * documentation; it was never held against one, which is what DEBCI_TEST_ESDB is for.
 */
export class ServerDouble {
  readonly faults = new Faults();
  readonly log: ServerLog;
  /** Rules that a client broke. */
  readonly brokenRules: string[] = [];
  /** Set on a member that is not the leader: where the leader is. */
  leader: { readonly port: number } | null = null;
  /** Events that subscriptions were given. */
  eventsSent = 0;
  port = 0;
  readonly #wire = new Wire();
  #server: Server | null = null;

  constructor(private readonly options: ServerOptions = {}) {
    this.log = options.log ?? new ServerLog();
  }

  static async start(options: ServerOptions = {}): Promise<ServerDouble> {
    const server = new ServerDouble(options);
    server.port = await server.#wire.listen();
    await server.up();
    return server;
  }

  get url(): string {
    const { tls } = this.options;
    return `esdb://localhost:${this.port}?tls=${tls !== undefined}`;
  }

  /** Serves again, with what the log holds. */
  async up(): Promise<void> {
    const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
    server.addService(streamsService.StreamsService, {
      read: this.#read,
      append: this.#append,
      batchAppend: this.#batchAppend,
      delete: unimplemented,
      tombstone: unimplemented,
    });
    server.addService(featuresService.ServerFeaturesService, { getSupportedMethods: this.#features });
    server.addService(gossipService.GossipService, { read: this.#gossip });
    this.#server = server;
    this.#wire.target = await bind(server, this.#credentials());
  }

  /** Down: connections break, and new ones are refused. */
  down(): void {
    this.#wire.target = null;
    this.#wire.cut();
    this.#server?.forceShutdown();
    this.#server = null;
  }

  cut(): void {
    this.#wire.cut();
  }

  async stop(): Promise<void> {
    this.down();
    await this.#wire.close();
  }

  #credentials(): ServerCredentials {
    const { tls } = this.options;
    if (tls === undefined) return ServerCredentials.createInsecure();
    const pair = { private_key: tls.key, cert_chain: tls.certificate };
    return ServerCredentials.createSsl(tls.clientCa ?? null, [pair], tls.clientCa !== undefined);
  }

  /** What every call must say, and may not. */
  #refusal(metadata: Metadata): Partial<ServiceError> | undefined {
    const { user } = this.options;
    if (metadata.get('connection-name').length === 0) return this.#broken(new BrokenRuleError('no connection name'));
    if (user !== undefined) {
      const expected = `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
      if (metadata.get('authorization')[0] !== expected) return grpcError(Status.UNAUTHENTICATED, 'Unauthenticated');
    }
    if (this.leader === null || metadata.get('requires-leader')[0] !== 'true') return undefined;
    return grpcError(Status.NOT_FOUND, 'Leader info available', {
      exception: 'not-leader',
      'leader-endpoint-host': 'localhost',
      'leader-endpoint-port': String(this.leader.port),
    });
  }

  #broken(error: unknown): Partial<ServiceError> {
    const details = error instanceof Error ? error.message : String(error);
    this.brokenRules.push(details);
    return grpcError(Status.INVALID_ARGUMENT, details);
  }

  readonly #features: handleUnaryCall<shared.Empty, features.SupportedMethods> = (_call, answer) => {
    const service = 'event_store.client.streams.streams';
    const names = ['read', 'append', ...(this.options.batchAppend === false ? [] : ['batchappend'])];
    const methods = names.map((name) => new features.SupportedMethod().setMethodName(name).setServiceName(service));
    answer(null, new features.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion('24.10.0'));
  };

  readonly #gossip: handleUnaryCall<shared.Empty, gossip.ClusterInfo> = (_call, answer) => {
    const port = this.leader?.port ?? this.port;
    const leader = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString(crypto.randomUUID()))
      .setState(gossip.MemberInfo.VNodeState.LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(new gossip.EndPoint().setAddress('localhost').setPort(port));
    answer(null, new gossip.ClusterInfo().setMembersList([leader]));
  };

  readonly #read: handleServerStreamingCall<streams.ReadReq, streams.ReadResp> = (call) => {
    const refusal = this.#refusal(call.metadata);
    if (refusal !== undefined) {
      call.emit('error', refusal);
      return;
    }
    const fault = this.faults.next(call.request.getOptions()?.hasSubscription() === true ? 'subscribe' : 'read');
    const reading = {
      log: this.log,
      fault,
      sent: (): void => {
        if (call.request.getOptions()?.hasSubscription() === true) this.eventsSent++;
      },
      break: (broken: typeof call, { does }: Fault): void => {
        if (does === 'cut' || does === 'cut-after') this.cut();
        else if (does !== 'silent') broken.emit('error', statusOf(does));
      },
    };
    serveRead(call, reading).catch((error: unknown) => {
      call.emit('error', this.#broken(error));
    });
  };

  readonly #append: handleClientStreamingCall<streams.AppendReq, streams.AppendResp> = (call, answer) => {
    const messages: streams.AppendReq[] = [];
    call.on('data', (message: streams.AppendReq) => messages.push(message));
    call.on('end', () => {
      const refusal = this.#refusal(call.metadata) ?? this.#appendFault();
      if (refusal === 'none') return;
      if (refusal !== undefined && refusal !== 'cut-after') {
        answer(refusal);
        return;
      }
      try {
        const append = fromMessages(messages);
        const max = this.options.maxAppendSize ?? DEFAULT_MAX_APPEND_SIZE;
        if (sizeOf(append) > max) {
          const trailers = { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(max) };
          answer(grpcError(Status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded', trailers));
          return;
        }
        const response = appendResponse(
          this.log.append(append.stream, append.events, append.expected),
          append.expected,
        );
        if (refusal === 'cut-after') this.cut();
        else answer(null, response);
      } catch (error) {
        answer(this.#broken(error));
      }
    });
  };

  /** `none`: no answer at all. */
  #appendFault(): Partial<ServiceError> | 'none' | 'cut-after' | undefined {
    const does = this.faults.next('append')?.does;
    if (does === undefined || does === 'cut-after') return does;
    if (does === 'cut') this.cut();
    return does === 'cut' || does === 'silent' ? 'none' : statusOf(does);
  }

  readonly #batchAppend: handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp> = (call) => {
    const refusal = this.#refusal(call.metadata);
    if (refusal !== undefined) {
      call.emit('error', refusal);
      return;
    }
    const chunks = new Map<string, streams.BatchAppendReq[]>();
    call.on('data', (chunk: streams.BatchAppendReq) => {
      try {
        const id = required(chunk.getCorrelationId(), 'a correlation id').getString();
        const own = [...(chunks.get(id) ?? []), chunk];
        chunks.set(id, own);
        if (!chunk.getIsFinal()) return;
        chunks.delete(id);
        this.#batch(call, own);
      } catch (error) {
        call.emit('error', this.#broken(error));
      }
    });
    call.on('end', () => {
      call.end();
    });
  };

  #batch(call: BatchCall, chunks: readonly streams.BatchAppendReq[]): void {
    const does = this.faults.next('append')?.does;
    if (does === undefined || does === 'cut-after') {
      const response = this.#batchAnswer(chunks);
      if (does === 'cut-after') this.cut();
      else call.write(response);
    } else if (does === 'denied' || does === 'timeout') {
      const name = streamNameOf(chunks[0]?.getOptions()?.getStreamIdentifier());
      call.write(batchError(correlationOf(chunks), name, simpleError(does === 'denied' ? 'AccessDenied' : 'Timeout')));
    } else if (does === 'cut') this.cut();
    else if (does !== 'silent') call.emit('error', statusOf(does));
  }

  #batchAnswer(chunks: readonly streams.BatchAppendReq[]): streams.BatchAppendResp {
    const correlationId = correlationOf(chunks);
    const append = fromChunks(chunks);
    const max = this.options.maxAppendSize ?? DEFAULT_MAX_APPEND_SIZE;
    if (sizeOf(append) > max) return batchError(correlationId, append.stream, tooLarge(max));
    return batchResponse(correlationId, append, this.log.append(append.stream, append.events, append.expected));
  }
}

type BatchCall = Parameters<handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp>>[0];

function correlationOf(chunks: readonly streams.BatchAppendReq[]): shared.UUID {
  return required(chunks[0]?.getCorrelationId(), 'a correlation id');
}

const unimplemented: handleUnaryCall<unknown, unknown> = (_call, answer) => {
  answer(grpcError(Status.UNIMPLEMENTED, 'debci deletes nothing'));
};

function bind(server: Server, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
      if (error) reject(error);
      else resolve(port);
    });
  });
}
