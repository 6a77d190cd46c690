import { UnreadableEventError } from './errors.js';
import { SCHEMA_VERSIONS, type DomainEvent, type EventType } from './events.js';

/** Lifts the data of an event from schema version n to n + 1. */
type Upcaster = (data: object) => object;

/** For each type, the upcasters from version 1, 2, … on. The one place that knows old shapes. */
const UPCASTERS: Readonly<Partial<Record<EventType, readonly Upcaster[]>>> = {};

/** An event as a log keeps it. */
export interface StoredEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: object;
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(SCHEMA_VERSIONS, type);
}

/**
 * The event in today's shape.
 * @throws UnreadableEventError for a type or a version that this debci does not know.
 */
export function upcast(stored: StoredEvent): DomainEvent {
  const { type, schemaVersion } = stored;
  if (!isEventType(type)) throw new UnreadableEventError(`unknown type of event ${type}`);
  if (schemaVersion === SCHEMA_VERSIONS[type]) return stored as DomainEvent;
  const steps = UPCASTERS[type]?.slice(schemaVersion - 1) ?? [];
  if (schemaVersion < 1 || schemaVersion + steps.length !== SCHEMA_VERSIONS[type]) {
    throw new UnreadableEventError(
      `${type} has schema version ${schemaVersion}; this debci reads up to ${SCHEMA_VERSIONS[type]}`,
    );
  }
  return { type, data: steps.reduce((data, step) => step(data), stored.data) } as DomainEvent;
}
