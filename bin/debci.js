#!/usr/bin/env node
// The way in: as little as possible before it is known what is asked for.
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const argv = process.argv.slice(2);
const root = fileURLToPath(new URL('../', import.meta.url));
const pjson = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

if (argv[0] === '--version') {
  console.log(`debci ${pjson.version}`);
} else if (!existsSync(`${root}dist/bundle/main.js`)) {
  console.error('debci: not built yet; run: npm run build');
  process.exitCode = 1;
} else {
  // Beside the build, not in /tmp, where others could put code in our way.
  module.enableCompileCache?.(`${root}dist/.compile-cache`);
  const { main } = await import('../dist/bundle/main.js');
  await main(argv, `${root}dist/bundle`, pjson);
}
