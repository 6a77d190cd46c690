import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Answer, Proposed } from './log.js';
import { expectedOf, proposedOf, required, streamIdentifier, streamNameOf } from './messages.js';

/** An append, whole. */
export interface WholeAppend {
  readonly stream: string;
  readonly expected: ReturnType<typeof expectedOf>;
  readonly events: readonly Proposed[];
}

export function sizeOf({ events }: WholeAppend): number {
  return events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
}

/** Append: options first, then the events, one message each. */
export function fromMessages(messages: readonly streams.AppendReq[]): WholeAppend {
  const [first, ...rest] = messages;
  const options = required(first?.getOptions(), 'options');
  return {
    stream: streamNameOf(options.getStreamIdentifier()),
    expected: expectedOf({
      revision: options.hasRevision() ? options.getRevision() : null,
      any: options.hasAny(),
      none: options.hasNoStream(),
      exists: options.hasStreamExists(),
    }),
    events: rest.map((message) => proposedOf(required(message.getProposedMessage(), 'an event'))),
  };
}

/** BatchAppend: an append in chunks, the options in the first of them. */
export function fromChunks(chunks: readonly streams.BatchAppendReq[]): WholeAppend {
  const options = required(chunks[0]?.getOptions(), 'options');
  required(options.getDeadline(), 'a deadline');
  return {
    stream: streamNameOf(options.getStreamIdentifier()),
    expected: expectedOf({
      revision: options.hasStreamPosition() ? options.getStreamPosition() : null,
      any: options.hasAny(),
      none: options.hasNoStream(),
      exists: options.hasStreamExists(),
    }),
    events: chunks.flatMap((chunk) => chunk.getProposedMessagesList().map(proposedOf)),
  };
}

export function appendResponse(answer: Answer, expected: WholeAppend['expected']): streams.AppendResp {
  if ('wrong' in answer) {
    const wrong = new streams.AppendResp.WrongExpectedVersion();
    const { current } = answer.wrong;
    if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(current));
    if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
    else if (expected === 'exists') wrong.setExpectedStreamExists(new shared.Empty());
    else if (expected < 0) wrong.setExpectedNoStream(new shared.Empty());
    else wrong.setExpectedRevision(String(expected));
    return new streams.AppendResp().setWrongExpectedVersion(wrong);
  }
  const position = answer.position.toString();
  const success = new streams.AppendResp.Success()
    .setCurrentRevision(String(answer.revision))
    .setPosition(new streams.AppendResp.Position().setCommitPosition(position).setPreparePosition(position));
  return new streams.AppendResp().setSuccess(success);
}

export function batchResponse(
  correlationId: shared.UUID,
  { stream, expected }: Pick<WholeAppend, 'stream' | 'expected'>,
  answer: Answer,
): streams.BatchAppendResp {
  const response = new streams.BatchAppendResp()
    .setCorrelationId(correlationId)
    .setStreamIdentifier(streamIdentifier(stream));
  if ('wrong' in answer) return response.setError(wrongVersion(answer.wrong.current, expected));
  const position = answer.position.toString();
  return response.setSuccess(
    new streams.BatchAppendResp.Success()
      .setCurrentRevision(String(answer.revision))
      .setPosition(new shared.AllStreamPosition().setCommitPosition(position).setPreparePosition(position)),
  );
}

export function batchError(correlationId: shared.UUID, stream: string, error: status.Status): streams.BatchAppendResp {
  return new streams.BatchAppendResp()
    .setCorrelationId(correlationId)
    .setStreamIdentifier(streamIdentifier(stream))
    .setError(error);
}

function wrongVersion(current: number, expected: WholeAppend['expected']): status.Status {
  const wrong = new shared.WrongExpectedVersion();
  if (current < 0) wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(String(current));
  if (expected === 'any') wrong.setExpectedAny(new empty.Empty());
  else if (expected === 'exists') wrong.setExpectedStreamExists(new empty.Empty());
  else if (expected < 0) wrong.setExpectedNoStream(new empty.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return packed(wrong.serializeBinary(), 'WrongExpectedVersion');
}

export function tooLarge(maxBytes: number): status.Status {
  const exceeded = new shared.MaximumAppendSizeExceeded().setMaxappendsize(maxBytes);
  return packed(exceeded.serializeBinary(), 'MaximumAppendSizeExceeded');
}

export function simpleError(name: 'AccessDenied' | 'Timeout'): status.Status {
  return packed(new shared[name]().serializeBinary(), name);
}

function packed(bytes: Uint8Array, name: string): status.Status {
  const details = new any.Any();
  details.pack(bytes, `event_store.client.${name}`);
  return new status.Status().setMessage(name).setDetails(details);
}
