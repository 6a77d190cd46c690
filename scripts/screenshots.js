// npm run screenshots: makes the pictures in docs/images from what really ran. The packages of REAL are tested by
// autopkgtest in a testbed of this host's Debian release, as in the demo; for breadth, the others are runs of the `fake`
// backend, which go the whole way of a run but test nothing; what they are to find stands in their triggers.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { hostSuite } from '../dist/adapters/autopkgtest/host-suite.js';
import { command, Instance } from './instance.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const dataDir = join(root, 'var/screenshots');
const images = join(root, 'docs/images');

const REAL = ['hello', 'libxml2'];
const FAKE = `apache2 apt bash bind9 boost1.83 calibre cmake coreutils cups curl dbus debhelper dovecot dpkg ffmpeg
  firefox-esr gcc-14 gdb ghostscript git glib2.0 golang-github-containers-image gpgme1.0 haproxy imagemagick
  libarchive libreoffice libtest-simple-perl libvirt libxslt llvm-toolchain-19 mariadb nginx nodejs numpy openssh
  openssl pandas perl php8.4 podman postgresql-17 python-asyncssh python3.13 qemu r-base ruby3.3 rust-serde samba
  scipy sphinx sqlite3 systemd vim xz-utils zlib`.split(/\s+/);
const ARCHES = ['amd64', 'arm64', 'riscv64'];
const SUITES = ['testing', 'unstable'];
/** Each is a round of requests, by what changed in the archive; some packages fail in it, on some architectures. */
const ROUNDS = [
  { trigger: 'glibc/2.42-1', fails: (name) => name.length % 9 === 0 },
  { trigger: 'openssl/3.5.1-2', fails: (name, arch) => name.startsWith('py') || (arch === 'riscv64' && name < 'c') },
  {
    trigger: 'gcc-15/15.2.0-3',
    fails: (name, arch) => /^(boost|lib[rv]|q)/.test(name) || (arch === 'arm64' && name > 's'),
  },
];

/** What is shown, and how. */
const PICTURES = [
  { file: 'home.png', path: () => '/' },
  { file: 'failing.png', path: () => '/status/failing/' },
  { file: 'package.png', path: () => '/packages/s/samba/' },
  { file: 'history-phone-dark.png', path: () => '/packages/b/boost1.83/unstable/arm64/', phone: true, dark: true },
  {
    file: 'log.png',
    path: ({ suite, arch }) => `/packages/libx/libxml2/${suite}/${arch}/`,
    follow: 'log of run',
    folds: ['test build'],
  },
];

/** All but the testbeds, which take a while to build. */
async function clear() {
  await rm(join(dataDir, 'autopkgtest'), { recursive: true, force: true });
  const state = join(dataDir, 'state');
  const names = await readdir(state).catch(() => []);
  for (const name of names.filter((one) => one !== 'testbeds')) await rm(join(state, name), { recursive: true });
}

/** An instance, while it does some work. */
async function withInstance(flags, work) {
  const instance = new Instance('screenshots', dataDir, [...flags, '--port', '0'], () => false);
  try {
    const { url } = await instance.line(({ msg }) => msg === 'pages are served');
    return await work(instance, url);
  } finally {
    await instance.stop();
  }
}

/** Asks for tests, and waits for all results. @returns the runs */
async function run(instance, flags, names) {
  let left = names.length;
  if (left === 0) return [];
  const done = instance.line(({ msg }) => msg === 'result received' && --left === 0);
  // If enqueue fails, nobody waits for the results.
  done.catch(() => undefined);
  const runs = await command(dataDir, 'enqueue', ...flags, ...names);
  await done;
  return runs;
}

async function real() {
  const flags = ['--suite', (await hostSuite()).suite, '--backend', 'unshare'];
  return withInstance(flags, (instance) => run(instance, [...flags, '--trigger', 'npm run screenshots'], REAL));
}

async function breadth(arch) {
  const flags = ['--arch', arch, '--backend', 'fake'];
  await withInstance([...flags, '--jobs', '4'], async (instance) => {
    for (const { trigger, fails } of ROUNDS) {
      for (const suite of SUITES) {
        const place = [...flags, '--suite', suite, '--trigger'];
        const failing = FAKE.filter((name) => fails(name, arch));
        await run(
          instance,
          [...place, trigger],
          FAKE.filter((name) => !failing.includes(name)),
        );
        await run(instance, [...place, `${trigger} fake:exit=4`], failing);
      }
    }
  });
}

async function picture(browser, url, { file, path, phone = false, dark = false, follow, folds = [] }, place) {
  const viewport = phone ? { width: 390, height: 844 } : { width: 1200, height: 900 };
  const page = await browser.newPage({ viewport, colorScheme: dark ? 'dark' : 'light' });
  await page.goto(url + path(place));
  if (follow) await page.getByRole('link', { name: follow }).first().click();
  await page.waitForLoadState('load');
  for (const name of folds) await page.locator('summary').getByText(name, { exact: true }).click();
  await page.mouse.move(0, 0);
  await page.evaluate('scrollTo(0, 0)');
  await page.screenshot({ path: join(images, file) });
  await page.close();
  console.log(`screenshots: docs/images/${file}`);
}

await clear();
console.log(`screenshots: testing ${REAL.join(' and ')}`);
const [, place] = await real();
for (const arch of ARCHES) {
  console.log(`screenshots: ${FAKE.length} packages on ${arch}, with the fake backend`);
  await breadth(arch);
}
await command(dataDir, 'html');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  await withInstance(['--backend', 'fake'], async (_instance, url) => {
    for (const one of PICTURES) await picture(browser, url, one, place);
  });
} finally {
  await browser.close();
}
