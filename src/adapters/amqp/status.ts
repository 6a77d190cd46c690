import { type BusStatus } from '../../domain/ports/message-bus.js';
import { type Connection } from './connection.js';

/** Of two connections the one that is worse off tells how the bus is. */
const WORST_FIRST: readonly BusStatus['kind'][] = [
  'closed',
  'failed',
  'reconnecting',
  'connecting',
  'blocked',
  'connected',
];

/** The status of several connections as one. */
export class StatusOfAll {
  private readonly connections: Connection[] = [];
  private readonly listeners = new Set<(status: BusStatus) => void>();
  private last: BusStatus = { kind: 'connecting' };

  get status(): BusStatus {
    return this.last;
  }

  add(connection: Connection): void {
    this.connections.push(connection);
    connection.changes.on(() => {
      this.update();
    });
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private update(): void {
    const next = this.worst();
    if (JSON.stringify(next) === JSON.stringify(this.last)) return;
    this.last = next;
    for (const listener of this.listeners) listener(next);
  }

  private worst(): BusStatus {
    const all = this.connections.map((connection) => connection.status);
    const rank = (status: BusStatus): number => WORST_FIRST.indexOf(status.kind);
    return all.reduce((worst, status) => (rank(status) < rank(worst) ? status : worst));
  }
}
