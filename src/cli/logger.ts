import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { Logger } from '../domain/ports/logger.js';
import { safeLines, type Terminal } from './output.js';
import { redactUrls } from './redact.js';

interface LoggerOptions {
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Where to: stderr. */
  readonly stream: Terminal;
  /** Colours on a terminal. */
  readonly colours: boolean;
}

function level({ quiet, debug }: LoggerOptions): string {
  if (debug) return 'debug';
  return quiet ? 'warn' : 'info';
}

function readable({ stream, colours }: LoggerOptions): pino.DestinationStream {
  return pretty({
    sync: true,
    destination: { write: (line: string) => stream.write(line) } as NodeJS.WritableStream,
    colorize: colours,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    messageFormat: (line, key) => safeLines(String(line[key])),
  });
}

/** Log lines for people on a terminal, as JSON elsewhere. Passwords in URLs are hidden, wherever in a line they are. */
export function createLogger(options: LoggerOptions): Logger {
  const { stream } = options;
  const destination = stream.isTTY ? readable(options) : { write: (line: string) => void stream.write(line) };
  return pino({ level: level(options), base: null, hooks: { streamWrite: redactUrls } }, destination);
}
