import { formatPin, parsePin, type ExtraAptSource, type Pin } from '../../domain/job.js';
import type { TestRequest } from '../../domain/ports/testbed.js';
import { DispatchInput } from '../input/dispatch-input.js';
import { malformed, MalformedMessageError, utf8, wellFormed } from './malformed.js';

/**
 * Debian's dispatch message: one line of words, what to test and where, then `key:value` parameters.
 *
 *     libxml2 testing run-id:544 trigger:libc6%2F2.42-1 pin-packages:unstable=src:glibc,libc6 backend:lxc
 *
 * The architecture is not in it: it is that of the queue.
 */

/** Text as Ruby's CGI.escape writes it: all but A-Z a-z 0-9 _ . ~ - as %XX of its UTF-8, a space as `+`. */
function cgiEscape(text: string): string {
  const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, percent)
    .replaceAll('%20', '+');
}

function cgiUnescape(field: string, text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new MalformedMessageError(`${field} is not percent-encoded UTF-8`, { cause });
  }
}

function fromBase64(field: string, text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (text === '' || bytes.toString('base64') !== text) throw malformed(field, text, 'base64');
  return bytes;
}

const toBase64 = (text: string): string => Buffer.from(text).toString('base64');

const ARMOURED = /^\s*-----BEGIN PGP /;

/** An armoured key travels as the base64 of its text. A binary one is base64 already, but perhaps broken into lines. */
function formatKey(key: string): string {
  return ARMOURED.test(key) ? toBase64(key) : key.replace(/\s/g, '');
}

function parseKey(text: string): string {
  const bytes = fromBase64('signing-key', text);
  return ARMOURED.test(bytes.toString('latin1')) ? utf8('signing-key', bytes) : text;
}

function formatSource({ entry, signingKey }: ExtraAptSource): string[] {
  const words = [`extra-apt-source:${toBase64(entry)}`];
  if (signingKey !== null) words.push(`signing-key:${formatKey(signingKey)}`);
  return words;
}

/** The line that a worker, Debian's or ours, understands. The request's values must have passed their rules. */
export function formatDispatch(request: TestRequest): string {
  const words = [request.package, request.suite, `run-id:${request.runId}`];
  if (request.trigger !== null) words.push(`trigger:${cgiEscape(request.trigger)}`);
  words.push(...request.pins.map((pin) => `pin-packages:${formatPin(pin)}`));
  words.push(...request.extraAptSources.flatMap(formatSource));
  if (request.variant !== null) words.push(`autopkgtest:${request.variant}`);
  words.push(`backend:${request.backend}`);
  return words.join(' ');
}

/** What has been read of a line so far. */
interface Draft {
  readonly once: Map<string, string>;
  readonly pins: Pin[];
  readonly sources: ExtraAptSource[];
  readonly unknown: string[];
}

function readPin(draft: Draft, text: string): void {
  const pin = parsePin(text);
  if (pin === null) throw malformed('pin-packages', text, 'SUITE=PACKAGE[,src:PACKAGE]…');
  draft.pins.push(pin);
}

function readSource(draft: Draft, text: string): void {
  const entry = utf8('extra-apt-source', fromBase64('extra-apt-source', text));
  draft.sources.push({ entry, signingKey: null });
}

/** A key belongs to the source before it. */
function readKey(draft: Draft, text: string): void {
  const source = draft.sources.pop();
  if (source?.signingKey !== null) throw malformed('signing-key', text, 'one key after an extra-apt-source');
  draft.sources.push({ ...source, signingKey: parseKey(text) });
}

const REPEATED: ReadonlyMap<string, (draft: Draft, text: string) => void> = new Map([
  ['pin-packages', readPin],
  ['extra-apt-source', readSource],
  ['signing-key', readKey],
]);
const ONCE: ReadonlySet<string> = new Set(['run-id', 'trigger', 'autopkgtest', 'backend']);

function readParameter(draft: Draft, word: string): void {
  const [key = '', ...rest] = word.split(':');
  const value = rest.join(':');
  const repeated = REPEATED.get(key);
  if (repeated) repeated(draft, value);
  else if (!ONCE.has(key)) draft.unknown.push(word);
  else if (draft.once.has(key)) throw malformed(key, value, 'one value');
  else draft.once.set(key, value);
}

function readRunId(text: string | undefined): unknown {
  return text !== undefined && /^[0-9]{1,16}$/.test(text) ? Number(text) : text;
}

/**
 * Reads a dispatch message.
 * @param arch the architecture of the queue that it came from.
 * @returns the request, and the parameters that are not known, which are to be warned about and else passed over.
 * @throws MalformedMessageError where anything that is known breaks its rule, or is missing.
 */
export function parseDispatch(body: Uint8Array, arch: string): { request: TestRequest; unknown: string[] } {
  const [name, suite, ...parameters] = utf8('dispatch', body).trim().split(/\s+/);
  const draft: Draft = { once: new Map(), pins: [], sources: [], unknown: [] };
  for (const word of parameters) readParameter(draft, word);
  const { once, pins, sources, unknown } = draft;
  const trigger = once.get('trigger');
  const request = wellFormed(DispatchInput, {
    runId: readRunId(once.get('run-id')),
    package: name,
    suite,
    arch,
    backend: once.get('backend'),
    variant: once.get('autopkgtest'),
    trigger: trigger === undefined ? null : cgiUnescape('trigger', trigger),
    pins,
    extraAptSources: sources,
  });
  return { request, unknown };
}
