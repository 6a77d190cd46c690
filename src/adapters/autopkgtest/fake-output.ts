import { createCipheriv, createHash } from 'node:crypto';
import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { TestRequest } from '../../domain/ports/testbed.js';
import type { FakeOrders } from './fake-orders.js';

const VERSION = '1.0-1';
const COLUMN = 21;
const ARTIFACT_BYTES = 4 * 1024 * 1024;
const FILLER = 'a line that stands for all that a test may print\n';
const FILLER_LINES = 1000;

/** Each test's line in autopkgtest's summary, by exit code. Codes that are not here leave an empty summary. */
const SUMMARIES: Readonly<Record<number, readonly (readonly [test: string, result: string])[]>> = {
  0: [['fake-test', 'PASS']],
  2: [
    ['fake-test', 'PASS'],
    ['fake-other', 'SKIP Test requires machine-level isolation but testbed does not provide that'],
  ],
  4: [['fake-test', 'FAIL non-zero exit status 1']],
  6: [
    ['fake-test', 'FAIL non-zero exit status 1'],
    ['fake-other', 'SKIP Test requires machine-level isolation but testbed does not provide that'],
  ],
  8: [['*', 'SKIP no tests in this package']],
};

/** What autopkgtest says where it did not come to a result. */
const FAILURES: Readonly<Record<number, string>> = {
  12: 'erroneous package: Test dependencies are unsatisfiable. A common reason is that the requested packages are not installable',
  14: 'erroneous package: Test dependencies are unsatisfiable. A common reason is that the requested packages are not installable',
  16: '<VirtSubproc>: failure: the testbed did not start',
};

/** A log's lines, each with the seconds since the start before it, as newer versions of autopkgtest write them. */
class LogLines {
  private text = '';

  constructor(
    private readonly startedAt: Date,
    private readonly now: Date,
  ) {}

  /** A line of a test's own. */
  plain(text: string): this {
    const seconds = Math.floor((this.now.getTime() - this.startedAt.getTime()) / 1000);
    this.text += `${String(seconds).padStart(3)}s ${text}\n`;
    return this;
  }

  /** A line of autopkgtest's. */
  said(text: string): this {
    return this.plain(`autopkgtest [${this.now.toISOString().slice(11, 19)}]: ${text}`);
  }

  toString(): string {
    return this.text;
  }
}

/** The log up to where the test runs. */
export async function writeFakeStart(
  { package: name }: TestRequest,
  outputDir: string,
  startedAt: Date,
): Promise<void> {
  const date = startedAt.toISOString().slice(0, 19).replace('T', ' ');
  const log = new LogLines(startedAt, startedAt)
    .said(`starting date and time: ${date}+0000`)
    .said(`command line: autopkgtest ${name} -- fake`)
    .said('@@@@@@@@@@@@@@@@@@@@ test bed setup')
    .said(`@@@@@@@@@@@@@@@@@@@@ apt-source ${name}`)
    .said(`testing package ${name} version ${VERSION}`)
    .said('test fake-test: preparing testbed')
    .said('test fake-test: [-----------------------');
  await writeFile(join(outputDir, 'log'), log.toString());
  await writeFile(join(outputDir, 'testpkg-version'), `${name} ${VERSION}\n`);
  await writeFile(join(outputDir, 'testbed-packages'), 'base-files\t12.4\ndpkg\t1.21.22\nlibc6\t2.36-9\n');
}

/** The test's own output, the results, and all other files. */
export async function writeFakeEnd(
  { package: name }: TestRequest,
  orders: FakeOrders,
  outputDir: string,
  startedAt: Date,
  finishedAt: Date,
): Promise<void> {
  const log = join(outputDir, 'log');
  const summary = summaryOf(orders.exitCode);
  await fill(log, orders.logBytes);
  await appendFile(log, resultLines(orders.exitCode, summary, new LogLines(startedAt, finishedAt)));
  await writeFile(join(outputDir, 'summary'), summary.map((line) => `${line}\n`).join(''));
  await writeFile(join(outputDir, 'testinfo.json'), `${JSON.stringify({ virt_server: 'fake' }, null, 2)}\n`);
  await writeFile(join(outputDir, 'fake-test-packages'), `${name}\t${VERSION}\n`);
  await writeFile(join(outputDir, 'fake-test-stdout'), 'fake\n');
  await writeArtifacts(join(outputDir, 'artifacts'), name, orders.artifactsBytes);
}

function summaryOf(exitCode: number): string[] {
  return (SUMMARIES[exitCode] ?? []).map(([test, result]) => test.padEnd(COLUMN) + result);
}

function resultLines(exitCode: number, summary: readonly string[], log: LogLines): string {
  const failure = FAILURES[exitCode] ?? 'unexpected error';
  if (summary.length === 0) return log.said(`ERROR: ${failure}`).toString();
  log.said('test fake-test: -----------------------]');
  log.said('test fake-test:  - - - - - - - - - - results - - - - - - - - - -');
  for (const line of summary) log.plain(line);
  log.said('@@@@@@@@@@@@@@@@@@@@ summary');
  for (const line of summary) log.plain(line);
  return log.toString();
}

async function fill(log: string, bytes: number): Promise<void> {
  const block = FILLER.repeat(FILLER_LINES);
  for (let left = bytes - (await stat(log)).size; left > 0; left -= block.length) {
    await appendFile(log, left >= block.length ? block : `${block.slice(0, left - 1)}\n`);
  }
}

/** Files of 4 MiB, the last one smaller, whose bytes follow from the package's name and look like chance. */
async function writeArtifacts(folder: string, name: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  await mkdir(folder);
  const key = createHash('sha256').update(name).digest();
  const noise = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  for (let written = 0; written < bytes; written += ARTIFACT_BYTES) {
    const size = Math.min(ARTIFACT_BYTES, bytes - written);
    await writeFile(join(folder, `artifact-${written / ARTIFACT_BYTES}`), noise.update(Buffer.alloc(size)));
  }
}
