// npm run demo: `debci up` on its embedded defaults, a package enqueued by the ordinary command line in another process,
// its tests run for real, and the result on a page. Called by scripts/demo.sh when everything is set up.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { command, Instance } from './instance.js';

const HELP = `npm run demo [-- OPTIONS]

Runs the tests of a real package in a testbed of this host's Debian release and serves the result.

  --once           end when the result is there: print it and the path of its page; exit code 0 if the test ran
  --package NAME   the source package to test (default hello)
  --backend NAME   unshare (default): an isolated testbed, built by mmdebstrap; null: on this host itself, unprotected
  --suite NAME     default: this host's own release, as apt knows it
  --port N         of the pages (default 8080; with --once any free one)
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const dataDir = join(root, 'var/demo');
/** A page is rendered a moment after its result; more than this means that it never will be. */
const PAGE_TIMEOUT_MS = 20_000;

function options() {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      package: { type: 'string', default: 'hello' },
      backend: { type: 'string', default: 'unshare' },
      suite: { type: 'string' },
      port: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, port: values.port ?? (values.once ? '0' : '8080') };
}

async function hostSuite() {
  const module = await import('../dist/adapters/autopkgtest/host-suite.js');
  return (await module.hostSuite()).suite;
}

async function pageWith(url, runId) {
  const deadline = AbortSignal.timeout(PAGE_TIMEOUT_MS);
  while (!deadline.aborted) {
    const page = await fetch(url, { signal: deadline });
    if (page.ok && (await page.text()).includes(`/${runId}/`)) return;
    await setTimeout(100);
  }
  throw new Error(`${url} does not show run ${runId}`);
}

/** Ctrl-C reaches `debci up` too, whose end is waited for. */
process.on('SIGINT', () => undefined);

const prefixOf = (name) => (name.startsWith('lib') && name.length > 3 ? name.slice(0, 4) : name[0]);

/** Enqueues the package, waits for its result and its page, and prints both. @returns the run and its page's address */
async function testPackage(instance, name, place) {
  const { url } = await instance.line(({ msg }) => msg === 'pages are served');
  const result = instance.line(({ msg, package: tested }) => msg === 'result received' && tested === name);
  // If enqueue fails, nobody waits for the result.
  result.catch(() => undefined);
  const [{ runId, suite, arch }] = await command(dataDir, 'enqueue', ...place.all, '--trigger', 'npm run demo', name);
  await result;
  const [run] = await command(dataDir, 'history', ...place.suite, '--limit', '1', name);
  const page = `packages/${prefixOf(name)}/${name}/${suite}/${arch}/`;
  await pageWith(`${url}/${page}`, runId);
  console.log(`${name} ${suite}/${arch} ${run.status} ${Math.round(run.durationSeconds)}s`);
  const file = join(dataDir, 'html', page, 'index.html');
  if (!existsSync(file)) throw new Error(`${file} is missing`);
  console.log(file);
  return { run, address: `${url}/${page}` };
}

async function demo({ once: justOnce, package: name, backend, suite: given, port }) {
  const suite = ['--suite', given ?? (await hostSuite())];
  const place = { suite, all: [...suite, '--backend', backend] };
  const instance = new Instance('demo', dataDir, [...place.all, '--port', port]);
  try {
    const { run, address } = await testPackage(instance, name, place);
    if (justOnce) return run.status === 'tmpfail' ? 1 : 0;
    console.log(`\n  ${address}\n\nCtrl-C ends the demo.`);
    return await instance.ended;
  } finally {
    await instance.stop();
  }
}

const given = options();
if (given.help) {
  console.log(HELP);
} else {
  try {
    process.exitCode = await demo(given);
  } catch (error) {
    console.error(`demo: ${error.message}`);
    process.exitCode = 1;
  }
}
