/** The day in UTC of an instant: `2026-05-01`. */
export function dayOf(instant: string): string {
  return instant.slice(0, 10);
}
