import { StoreUnavailableError } from '../../domain/ports/event-store.js';
import { openDatabase } from './database.js';
import { EVENT_LOG } from './event-rows.js';

/**
 * What SQLite finds wrong with a log's file, in its words; none where it is sound. Also that a position is missing:
 * they are numbered without gaps.
 * @throws StoreUnavailableError where it cannot even be opened.
 */
export function damageOf(path: string): string[] {
  const db = openDatabase(path, EVENT_LOG, true);
  try {
    const problems = db.pragma('integrity_check') as { integrity_check: string }[];
    const found = problems.map((problem) => problem.integrity_check).filter((problem) => problem !== 'ok');
    if (found.length > 0) return found;
    const row = db.prepare<[], { events: number; last: number | null }>(
      'SELECT count(*) AS events, max(position) AS last FROM events',
    );
    const { events = 0, last = null } = row.get() ?? {};
    return last === null || last === events ? [] : [`positions go up to ${last}, but there are ${events} events`];
  } catch (cause) {
    throw new StoreUnavailableError(`${path} cannot be read: ${String(cause)}`, { cause });
  } finally {
    db.close();
  }
}
