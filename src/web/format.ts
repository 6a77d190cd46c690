/** A duration as Debian writes it: `1h 2m 3s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const shown = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount}${unit}`);
  return shown.length > 0 ? shown.join(' ') : '0s';
}

const UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** A size in decimal units, as tools for people show it. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power] ?? ''}`;
}

/** An instant for the element `time`: for machines, and for people (UTC; pages say so once). */
export interface TimeView {
  readonly iso: string;
  readonly date: string;
  readonly clock: string;
}

export function formatTime(iso: string): TimeView {
  return { iso, date: iso.slice(0, 10), clock: iso.slice(11, 16) };
}
