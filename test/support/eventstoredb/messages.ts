import { Metadata, status as Status, type ServiceError } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Expected, Proposed, StoredRecord } from './log.js';

/** What the wire carries, made and read. What a client must say and does not is a broken rule, told at once. */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const TICKS_A_MILLISECOND = 10_000n;

export function grpcError(
  code: Status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): Partial<ServiceError> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return { code, details, metadata };
}

export class BrokenRuleError extends Error {
  readonly code = Status.INVALID_ARGUMENT;
}

export function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined || value === '') throw new BrokenRuleError(`${what} is missing`);
  return value;
}

interface Message {
  getId(): shared.UUID | undefined;
  getMetadataMap(): { get(name: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

export function proposedOf(message: Message): Proposed {
  const id = required(message.getId(), 'an id').getString();
  if (!UUID.test(id)) throw new BrokenRuleError(`${id} is no UUID`);
  const type = required(message.getMetadataMap().get('type'), 'a type');
  const contentType = required(message.getMetadataMap().get('content-type'), 'a content type');
  const data = message.getData_asU8();
  if (contentType === 'application/json') JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(data));
  else if (contentType !== 'application/octet-stream') throw new BrokenRuleError(`content type ${contentType}`);
  return { id: id.toLowerCase(), type, contentType, data, metadata: message.getCustomMetadata_asU8() };
}

export function streamNameOf(identifier: shared.StreamIdentifier | undefined): string {
  const bytes = required(identifier, 'a stream').getStreamName_asU8();
  return required(new TextDecoder('utf8', { fatal: true }).decode(bytes), 'a stream');
}

export function expectedOf(given: { revision: string | null; any: boolean; none: boolean; exists: boolean }): Expected {
  if (given.revision !== null) return Number(given.revision);
  if (given.none) return -1;
  if (given.exists) return 'exists';
  if (given.any) return 'any';
  throw new BrokenRuleError('an expected revision is missing');
}

export function streamIdentifier(name: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name).toString('base64'));
}

export function eventResponse(record: StoredRecord): streams.ReadResp {
  const position = record.position.toString();
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(record.id))
    .setStreamIdentifier(streamIdentifier(record.stream))
    .setStreamRevision(String(record.revision))
    .setPreparePosition(position)
    .setCommitPosition(position)
    .setData(record.data)
    .setCustomMetadata(record.metadata);
  event
    .getMetadataMap()
    .set('type', record.type)
    .set('content-type', record.contentType)
    .set('created', String(BigInt(record.created.getTime()) * TICKS_A_MILLISECOND));
  return new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition(position));
}

export function checkpointResponse(position: bigint): streams.ReadResp {
  const checkpoint = new streams.ReadResp.Checkpoint()
    .setCommitPosition(position.toString())
    .setPreparePosition(position.toString());
  return new streams.ReadResp().setCheckpoint(checkpoint);
}
