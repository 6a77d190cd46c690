import type { Logger } from '../../domain/ports/logger.js';
import { lagSeconds, type LagParts } from './lag.js';

/** What is older than this on the pages is worth a server's being taken out of a group. */
const LONGEST_LAG_SECONDS = 60;

export interface Readiness {
  readonly ready: boolean;
  /** Null: it could not be found out. */
  readonly lagSeconds: number | null;
  /** Why it is not ready; empty if it is. */
  readonly reasons: readonly string[];
}

/** Whether a server can answer as one expects: its read model can be read, and is not far behind the log. */
export async function readiness(parts: LagParts, logger: Logger): Promise<Readiness> {
  try {
    const lag = await lagSeconds(parts);
    const ready = lag <= LONGEST_LAG_SECONDS;
    const behind = `the read model is ${Math.round(lag)} s behind the log (at most ${LONGEST_LAG_SECONDS})`;
    return { ready, lagSeconds: lag, reasons: ready ? [] : [behind] };
  } catch (error) {
    logger.warn({ err: error }, 'not ready');
    return { ready: false, lagSeconds: null, reasons: ['the read model or the log cannot be read'] };
  }
}
