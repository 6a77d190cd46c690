// What the demo and the screenshots share: a debci in processes of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const debci = fileURLToPath(new URL('../bin/debci.js', import.meta.url));

/** `debci up`, whose log lines (JSON) are awaited and shown. */
export class Instance {
  #waiting = new Set();

  /** @param name under which its lines are shown. @param shows which of them; warnings always are */
  constructor(name, dataDir, flags, shows = ({ msg }) => !msg.startsWith('stopping')) {
    this.name = name;
    this.shows = shows;
    this.child = spawn(process.execPath, [debci, 'up', '--data-dir', dataDir, ...flags], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    createInterface({ input: this.child.stderr }).on('line', (line) => this.#take(line));
    this.ended = once(this.child, 'close').then(([code]) => {
      for (const { reject } of this.#waiting) reject(new Error('debci up has ended'));
      return code ?? 1;
    });
  }

  #take(line) {
    let fields;
    try {
      fields = JSON.parse(line);
    } catch {
      console.error(line);
      return;
    }
    if (fields.level >= 40) console.error(`${this.name}: ${fields.msg} ${fields.err?.message ?? fields.reason ?? ''}`);
    else if (this.shows(fields)) console.log(`${this.name}: ${fields.msg}`);
    for (const waiter of this.#waiting) if (waiter.matches(fields)) waiter.resolve(fields);
  }

  /** The first log line from now on that matches. */
  async line(matches) {
    let waiter;
    try {
      return await new Promise((resolve, reject) => {
        waiter = { matches, resolve, reject };
        this.#waiting.add(waiter);
      });
    } finally {
      this.#waiting.delete(waiter);
    }
  }

  /** Twice: what runs is not waited for. */
  stop() {
    this.child.kill('SIGTERM');
    this.child.kill('SIGINT');
    return this.ended;
  }
}

/** A debci command's output as JSON. */
export async function command(dataDir, ...args) {
  const child = spawn(process.execPath, [debci, ...args, '--json', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`debci ${args[0]} ended with exit code ${code}`);
  return JSON.parse(output);
}
