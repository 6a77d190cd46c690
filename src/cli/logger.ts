import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
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

/** Nothing that a log line quotes can drive the terminal. */
function disarmed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? safeLines(value) : value;
}

function readable({ stream, colours }: LoggerOptions): pino.DestinationStream {
  const format = prettyFactory({ colorize: colours, translateTime: 'SYS:HH:MM:ss' });
  return { write: (line) => void stream.write(format(JSON.parse(line, disarmed))) };
}

/** Log lines for people on a terminal, as JSON elsewhere. Passwords in URLs are hidden, wherever in a line they are. */
export function createLogger(options: LoggerOptions): Logger {
  const { stream } = options;
  const destination = stream.isTTY ? readable(options) : { write: (line: string) => void stream.write(line) };
  return pino(
    {
      level: level(options),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      hooks: { streamWrite: redactUrls },
    },
    destination,
  );
}
