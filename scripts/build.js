// npm run build: compiles src/ into dist/, copies the files of the web, and bundles the command line so that it starts fast.
// Does nothing if nothing changed since the last build. Two at once: the second waits.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const bundle = join(dist, 'bundle');
const stamp = join(dist, '.stamp.json');
const lock = join(dist, '.lock');

const INPUTS = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.js'];
const WEB_FILES = ['web/templates', 'web/assets'];

/** Every file below a folder, as paths below the project's root, in a fixed order. */
function filesBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** What the build depends on: for each file, a digest of its content. */
function inputs() {
  const digest = (file) =>
    createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('base64');
  return Object.fromEntries([...INPUTS, ...filesBelow('src')].map((file) => [file, digest(file)]));
}

function lastInputs() {
  const whole = existsSync(stamp) && existsSync(join(bundle, 'main.js'));
  return whole ? JSON.parse(readFileSync(stamp, 'utf8')) : {};
}

function clean() {
  for (const name of readdirSync(dist)) {
    if (join(dist, name) !== lock) rmSync(join(dist, name), { recursive: true });
  }
}

function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the compiler found errors');
}

function copyWebFiles() {
  for (const folder of WEB_FILES) {
    const from = join(root, 'src', folder);
    rmSync(join(dist, folder), { recursive: true, force: true });
    if (existsSync(from)) cpSync(from, join(dist, folder), { recursive: true });
  }
  // Our stylesheet stands on it. Served from here, like everything else.
  const bootstrap = 'bootstrap.min.css';
  cpSync(join(root, 'node_modules/bootstrap/dist/css', bootstrap), join(dist, 'web/assets/vendor', bootstrap));
}

/** oclif's manifest: with it, help and parsing need to load no command but the one that runs. */
async function manifest() {
  const { Plugin } = await import('@oclif/core');
  const pjson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const plugin = new Plugin({
    root: join(dist, 'cli'),
    pjson,
    isRoot: true,
    ignoreManifest: true,
    respectNoCacheDefault: true,
    errorOnManifestCreate: true,
  });
  await plugin.load();
  return plugin.manifest;
}

/** The name of a command's file in the bundle. */
const fileOf = (id) => `command-${id.replaceAll(':', '-')}`;

/** Modules that find files beside themselves go on to do so from the bundle, which is flat and one folder deep in dist/. */
const keepImportMetaUrl = {
  name: 'keep-import-meta-url',
  transform(code, id) {
    if (!id.startsWith(dist) || !code.includes('import.meta')) return null;
    if (/import\.meta\.(?!url\b)/.test(code)) throw new Error(`${id}: of import.meta, only url outlives the bundling`);
    const home = JSON.stringify(`../${relative(dist, id)}`);
    return code.replaceAll('import.meta.url', `new URL(${home}, import.meta.url).href`);
  },
};

/** The packages that every start needs. All others stay where they are, and are loaded by what needs them. */
const BUNDLED = ['@oclif/core', 'amqplib', 'class-validator', 'reflect-metadata'];

/** oclif would compile TypeScript with it; ours is compiled. */
const NEVER_BUNDLED = ['typescript'];

function isExternal(id, importer) {
  if (NEVER_BUNDLED.includes(id)) return true;
  if (importer === undefined || !importer.startsWith(dist) || id.startsWith('.') || isAbsolute(id)) return false;
  return !BUNDLED.some((name) => id === name || id.startsWith(`${name}/`));
}

async function bundleCommands() {
  const { rolldown } = await import('rolldown');
  const { commands, ...rest } = await manifest();
  const entries = Object.values(commands).map(({ id, relativePath }) => [
    fileOf(id),
    join(dist, 'cli', ...relativePath),
  ]);
  const build = await rolldown({
    input: { main: join(dist, 'cli/main.js'), ...Object.fromEntries(entries) },
    platform: 'node',
    external: isExternal,
    plugins: [keepImportMetaUrl],
    resolve: { mainFields: ['es2015', 'module', 'main'] },
  });
  rmSync(bundle, { recursive: true, force: true });
  // Names are kept: those of classes are seen by users (errors, GraphQL's types).
  await build.write({
    dir: bundle,
    format: 'esm',
    keepNames: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[hash].js',
  });
  await build.close();
  for (const command of Object.values(commands)) command.relativePath = [`${fileOf(command.id)}.js`];
  writeFileSync(join(bundle, 'oclif.manifest.json'), JSON.stringify({ commands, ...rest }));
}

/** Waits for another build to end; one that died leaves its lock behind, which then counts for nothing. */
async function takeLock() {
  mkdirSync(dist, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    try {
      process.kill(Number(readFileSync(lock, 'utf8')), 0);
      await setTimeout(100);
    } catch {
      rmSync(lock, { force: true });
    }
  }
}

async function build() {
  const now = inputs();
  const before = lastInputs();
  if (JSON.stringify(now) === JSON.stringify(before)) {
    console.log('build: nothing changed');
    return;
  }
  // The compiler would leave behind what it once made of a source that is gone.
  if (Object.keys(before).some((file) => !(file in now))) clean();
  rmSync(stamp, { force: true });
  compile();
  copyWebFiles();
  await bundleCommands();
  writeFileSync(stamp, JSON.stringify(now));
}

await takeLock();
try {
  await build();
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(lock, { force: true });
}
