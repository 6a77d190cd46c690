import { TestbedSetupError } from '../../../domain/ports/testbed.js';
import { cleanEnvironment } from '../process/environment.js';
import { runProgram } from '../process/run-program.js';
import type { CompleteSettings } from '../settings.js';

export interface BuildProgram {
  readonly argv: readonly [string, ...string[]];
  readonly debianPackage: string;
  /** The build's own folder: the program starts there, and keeps its temporary files there. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

const LAST_LINES = 15;

/**
 * Runs one program of a build.
 * @throws TestbedSetupError with its last lines, where it fails or is stopped
 */
export async function runBuildProgram(program: BuildProgram, settings: CompleteSettings): Promise<void> {
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
    env: { ...cleanEnvironment(settings.path, program.folder), ...program.env },
    signal: program.signal,
    graceMs: settings.graceMs,
    onOutput: (chunk) => {
      lines.add(chunk);
    },
  });
  lines.end();
  if (exitCode === 0) return;
  const how = ended === 'by itself' ? `ended with exit code ${exitCode ?? 'none'}` : 'was stopped';
  throw new TestbedSetupError([`${program.argv[0]} ${how}`, ...last].join('\n'));
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
