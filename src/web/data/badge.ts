import type { PackageStatus } from '../../projections/views.js';
import type { Status } from '../../domain/verdict.js';
import { xml } from './xml.js';

const LABEL = 'autopkgtest';
/** Each has at least 4.5 : 1 against white text (WCAG AA). */
const COLOURS: Readonly<Record<Status | 'unknown', string>> = {
  pass: '#2a7a2a',
  fail: '#b3261e',
  neutral: '#4d6a86',
  tmpfail: '#8a5a00',
  unknown: '#666666',
};
/** Of a character in 11 px sans-serif, generously: fonts differ from host to host. */
const CHARACTER_PX = 7;
const PADDING_PX = 12;
const HEIGHT_PX = 20;

/** What a badge says. */
interface Verdict {
  readonly status: Status | 'unknown';
  readonly text: string;
}

/** The worst that counts: failures first, then whatever says that tests ran. */
const ORDER: readonly Status[] = ['fail', 'pass', 'neutral', 'tmpfail'];

/** One verdict on some statuses of a package: a single failure makes it fail, and how many they are is said. */
export function verdictOn(statuses: readonly PackageStatus[]): Verdict {
  const known = statuses.flatMap(({ run }) => run?.status ?? []);
  const status = ORDER.find((wanted) => known.includes(wanted)) ?? 'unknown';
  const same = known.filter((other) => other === status).length;
  return { status, text: status === 'fail' && known.length > 1 ? `fail (${same} of ${known.length})` : status };
}

function width(text: string): number {
  return text.length * CHARACTER_PX + PADDING_PX;
}

/** An SVG image, legible by itself: no style sheet, no font and no script of anybody. `subject`: what it is about. */
export function badgeSvg(subject: string, { status, text }: Verdict): string {
  const [left, right] = [width(LABEL), width(text)];
  const title = `${LABEL} of ${subject}: ${text}`;
  return xml`<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT_PX}" role="img" aria-label="${title}">
<title>${title}</title>
<clipPath id="edge"><rect width="${left + right}" height="${HEIGHT_PX}" rx="3"/></clipPath>
<g clip-path="url(#edge)"><rect width="${left}" height="${HEIGHT_PX}" fill="#444444"/><rect x="${left}" width="${right}" height="${HEIGHT_PX}" fill="${COLOURS[status]}"/></g>
<g aria-hidden="true" fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="${left / 2}" y="14">${LABEL}</text><text x="${left + right / 2}" y="14">${text}</text></g>
</svg>
`.text;
}
