import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DEBCI } from './debci.js';

/** A log line of a debci service. */
export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

interface Waiter {
  readonly matches: (line: LogLine) => boolean;
  readonly resolve: (line: LogLine) => void;
  readonly reject: (error: Error) => void;
}

/** A long-running `debci …` in a process of its own, whose log lines can be awaited. */
export class Service {
  readonly lines: LogLine[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #child: ChildProcess;
  #over = false;
  /** Its exit code, or null where a signal ended it. */
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[]) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('debci_')));
    this.#child = spawn(process.execPath, [DEBCI, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    createInterface({ input: this.#child.stderr! }).on('line', (line) => {
      this.#take(line);
    });
    this.ended = once(this.#child, 'close').then(([code]) => {
      this.#failWaiters();
      return code as number | null;
    });
  }

  /** The first line, so far or to come, that matches. Rejects if the process ends without one. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine> {
    const seen = this.lines.find(matches);
    if (seen) return Promise.resolve(seen);
    if (this.#over) return Promise.reject(this.#endedError());
    return new Promise((resolve, reject) => {
      this.#waiters.add({ matches, resolve, reject });
    });
  }

  said(msg: string): Promise<LogLine> {
    return this.line((line) => line.msg === msg);
  }

  /** The most memory that it had so far, in MB, as the kernel counts it (resident). To be asked while it runs. */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
  }

  /** Stops it as systemd would, and waits for its end. */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  kill(): Promise<number | null> {
    this.#child.kill('SIGKILL');
    return this.ended;
  }

  #take(text: string): void {
    const line = text.startsWith('{') ? (JSON.parse(text) as LogLine) : { msg: text };
    this.lines.push(line);
    for (const waiter of this.#waiters) {
      if (!waiter.matches(line)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(line);
    }
  }

  #failWaiters(): void {
    this.#over = true;
    for (const { reject } of this.#waiters) reject(this.#endedError());
    this.#waiters.clear();
  }

  #endedError(): Error {
    return new Error(`the service has ended:\n${this.lines.map(({ msg }) => msg).join('\n')}`);
  }
}
