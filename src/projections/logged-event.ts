import type { DomainEvent } from '../domain/events.js';
import type { RecordedEvent } from '../domain/ports/event-store.js';

/** An event of the log in today's shape, with all that the log knows of it. */
export type LoggedEvent = RecordedEvent & DomainEvent;
