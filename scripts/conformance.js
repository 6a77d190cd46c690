// node scripts/conformance.js: runs the event stores' conformance suite and prints its cases as a table, a column a store.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STORES = { memory: 'memory', SQLite: 'sqlite', EventStoreDB: 'eventstoredb' };

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'debci-conformance-'));

/** Each case's name below its store, and how it went. */
function casesOf(adapter) {
  const report = join(folder, `${adapter}.json`);
  const test = `test/adapters/${adapter}/event-store.test.ts`;
  const args = ['vitest', 'run', test, '--reporter=json', `--outputFile=${report}`];
  spawnSync('npx', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const results = testResults.flatMap((file) => file.assertionResults).filter(({ status }) => status !== 'skipped');
  return new Map(
    results.map(({ ancestorTitles, title, status }) => {
      const store = ancestorTitles.findIndex((name) => name.endsWith('as an event store'));
      return [[...ancestorTitles.slice(store + 1), title].join(' '), status];
    }),
  );
}

const stores = Object.entries(STORES).map(([name, adapter]) => [name, casesOf(adapter)]);
rmSync(folder, { recursive: true });
const names = [...new Set(stores.flatMap(([, cases]) => [...cases.keys()]))];
const cell = (text) => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
console.log(`| case | ${stores.map(([name]) => name).join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(stores.length)}`);
for (const name of names) {
  console.log(`| ${cell(name)} | ${stores.map(([, cases]) => cases.get(name) ?? 'does not apply').join(' | ')} |`);
}
const passed = ([, cases]) => `${[...cases.values()].filter((status) => status === 'passed').length} of ${cases.size}`;
console.log(`| passed | ${stores.map(passed).join(' | ')} |`);
process.exitCode = stores.every(([, cases]) => [...cases.values()].every((status) => status === 'passed')) ? 0 : 1;
