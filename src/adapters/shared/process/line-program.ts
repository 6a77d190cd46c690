import { cleanEnvironment } from './environment.js';
import { runProgram } from './run-program.js';

export interface LineProgram {
  readonly argv: readonly [string, ...string[]];
  readonly debianPackage: string;
  /** The program's own folder: it starts there, and keeps its temporary files there. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
  /** Where programs are looked for, in the form of `PATH`. */
  readonly path: string;
  /** Between SIGTERM and SIGKILL where it is stopped, in ms. */
  readonly graceMs: number;
}

const LAST_LINES = 15;

/**
 * Runs a program that people may watch.
 * @returns null where all went well; else how it ended, and its last lines.
 * @throws MissingProgramError
 */
export async function runLineProgram(program: LineProgram): Promise<string | null> {
  const last: string[] = [];
  const lines = new LineReader((line) => {
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    program.onLine(line);
  });
  const { exitCode, ended } = await runProgram({
    argv: program.argv,
    debianPackage: program.debianPackage,
    cwd: program.folder,
    env: { ...cleanEnvironment(program.path, program.folder), ...program.env },
    signal: program.signal,
    graceMs: program.graceMs,
    onOutput: (chunk) => {
      lines.add(chunk);
    },
  });
  lines.end();
  if (exitCode === 0) return null;
  const how = ended === 'by itself' ? `ended with exit code ${exitCode ?? 'none'}` : 'was stopped';
  return [`${program.argv[0]} ${how}`, ...last].join('\n');
}

/** Cuts a stream into lines; a carriage return, as of a progress display, ends one too. */
class LineReader {
  private rest = '';
  private readonly decoder = new TextDecoder();

  constructor(private readonly onLine: (line: string) => void) {}

  add(chunk: Buffer): void {
    const lines = (this.rest + this.decoder.decode(chunk, { stream: true })).split(/[\r\n]+/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.onLine(line);
  }

  end(): void {
    if (this.rest !== '') this.onLine(this.rest);
    this.rest = '';
  }
}
