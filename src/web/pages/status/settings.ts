import type { RejectList } from '../../../domain/ports/reject-list.js';
import type { ReadModel } from '../../../projections/read-model.js';

/** What the status pages go by: Debian's settings. */
export interface StatusSettings {
  readonly failingPerPage: number;
  readonly pendingPerPage: number;
  /** Days for which a failure is an alert. */
  readonly visibleDays: number;
  readonly slowMinutes: number;
}

export interface StatusSources {
  readonly readModel: ReadModel;
  readonly rejectList: RejectList;
  readonly settings: StatusSettings;
}

const DAY_MS = 24 * 3600 * 1000;

/**
 * The day up to which pages look: that of the newest result. Not the clock's: pages that are made anew from the same
 * log are the same.
 * @returns null where there is no result.
 */
export function newestDay(readModel: ReadModel): string | null {
  return readModel.runs.newest({ limit: 1 }).items[0]?.endedAt?.slice(0, 10) ?? null;
}

/** @param day `2026-05-01` */
export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}

/** All days from one to another, both included. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = daysBefore(day, -1)) days.push(day);
  return days;
}
