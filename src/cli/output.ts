import { styleText } from 'node:util';

/** What output needs to know of a stream. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

type Style = Parameters<typeof styleText>[0];
export type Paint = (style: Style, text: string) => string;

type Environment = Readonly<Record<string, string | undefined>>;

/** Colours on a terminal only, and not where NO_COLOR (no-color.org) asks for none. */
export function wantsColours(stream: Terminal, env: Environment): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Paints as the stream and its user want it. */
export function painter(stream: Terminal, env: Environment): Paint {
  const colours = wantsColours(stream, env);
  return (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text);
}

const UNSAFE = /(?![\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of unknown origin with what could drive a terminal shown as \u…; line breaks and tabs stay. */
export function safeLines(text: string): string {
  return text.replace(UNSAFE, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
}

const width = (text: string): number => Array.from(text).length;

/**
 * Columns padded to their widest cell, two spaces between them, the header in bold.
 * @param rows cells without line breaks or colours.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  const format = (row: readonly string[]): string =>
    widths
      .map((w, column) => (row[column] ?? '') + ' '.repeat(w - width(row[column] ?? '')))
      .join('  ')
      .trimEnd();
  return [paint('bold', format(header)), ...rows.map(format)].map((row) => `${row}\n`).join('');
}

/** Debian's way to write a duration: `1h 2m 3s`. Fractions of a second are dropped. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const;
  const shown = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n}${unit}`);
  return shown.length > 0 ? shown.join(' ') : '0s';
}

/** A time of ours (ISO 8601 in UTC) to the minute, for tables. */
export function dateTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
