// npm run check: everything that can be said about the code without running it. Fails if one of the tools does.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';

/** The slowest first, so that the rest runs beside it. */
const CHECKS = [
  ['eslint', 'eslint', '.'],
  ['types', 'tsc', '--noEmit', '-p', '.'],
  ['dependencies', 'depcruise', '--config', '.dependency-cruiser.cjs', 'src'],
  ['unused code', 'knip'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
];

const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs one tool; when it has ended, prints its heading and what it had to say. */
function run([name, tool, ...args]) {
  const began = performance.now();
  return new Promise((resolve) => {
    const child = spawn(`${root}node_modules/.bin/${tool}`, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`── ${name}: ${code === 0 ? 'ok' : 'FAILED'} (${tool}, ${seconds} s)`);
      if (code !== 0) process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

const waiting = [...CHECKS];
const results = [];
async function work() {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) results.push(await run(check));
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.exitCode = results.every(Boolean) ? 0 : 1;
