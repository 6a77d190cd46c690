import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileArtifactStore } from '../src/adapters/files/artifact-store.js';
import { FileResultPacker } from '../src/adapters/files/result-packer.js';
import type { TestRequest } from '../src/domain/ports/testbed.js';
import { compare, rate, type Comparison } from './harness.js';

/** The share of the bare loop that the store must reach: it also reads, checks and packs each result anew. */
const BOUND = 0.25;
const ROUNDS = 5;
const RESULTS = 400;
/** Random bytes of a log: with them a result has 5 KB. */
const LOG_BYTES = 4_600;
/** What the bare loop writes: as much as the store writes of a result. */
const STORED_LOG = randomBytes(4_650);
const STORED_ARTIFACTS = randomBytes(250);

/**
 * Results of 5 KB, each of another run, received and committed in a second: one by one and 8 at once, each beside a
 * bare loop that makes a folder and writes two files of that size, on disk (fsync) like ours.
 */
export async function benchFiles(): Promise<Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), 'debci-bench-'));
  try {
    const results = await makeResults(join(folder, 'work'));
    const comparisons = [];
    for (const atOnce of [1, 8]) {
      const next = nextFolder(join(folder, String(atOnce)));
      comparisons.push(
        await compare(
          `files: receive and commit 5 KB results, ${atOnce} at once`,
          BOUND,
          ROUNDS,
          () => storeOurs(results, next(), atOnce),
          () => storeBare(next(), atOnce),
        ),
      );
    }
    return comparisons;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function nextFolder(parent: string): () => string {
  let count = 0;
  return () => join(parent, String(++count));
}

/** As a worker makes them, of runs that follow each other. */
async function makeResults(folder: string): Promise<Uint8Array[]> {
  const packer = new FileResultPacker(folder);
  const results = [];
  for (let runId = 1; runId <= RESULTS; runId++) {
    const workspace = await packer.workspace(runId);
    // Noise as text: gzip leaves about three quarters of it.
    await writeFile(join(workspace.outputDir, 'log'), randomBytes(LOG_BYTES).toString('base64'));
    await writeFile(join(workspace.outputDir, 'summary'), 'upstream             PASS\n');
    await writeFile(join(workspace.outputDir, 'testpkg-version'), 'hello 2.10-3\n');
    const now = new Date();
    const exit = { exitCode: 0, ended: 'by itself', startedAt: now, finishedAt: now } as const;
    results.push(await workspace.pack({ ...REQUEST, runId }, exit, 'bench'));
    await workspace.remove();
  }
  return results;
}

const REQUEST: TestRequest = {
  runId: 1,
  package: 'hello',
  suite: 'unstable',
  arch: 'amd64',
  backend: 'fake',
  variant: null,
  trigger: null,
  pins: [],
  extraAptSources: [],
};

async function inTurns(atOnce: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const turn = async (): Promise<void> => {
    while (next < RESULTS) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}

async function storeOurs(results: readonly Uint8Array[], folder: string, atOnce: number): Promise<number> {
  const store = await FileArtifactStore.open({
    dataDir: join(folder, 'data'),
    stagingDir: join(folder, 'staging'),
    quarantineDir: join(folder, 'quarantine'),
    clock: { now: () => new Date() },
  });
  return rate(RESULTS, () =>
    inTurns(atOnce, async (index) => {
      const staged = await store.receive(results[index]!);
      await staged.commit();
    }),
  );
}

async function storeBare(folder: string, atOnce: number): Promise<number> {
  await mkdir(folder, { recursive: true });
  return rate(RESULTS, () =>
    inTurns(atOnce, async (index) => {
      const place = join(folder, String(index));
      await mkdir(place);
      await Promise.all([
        writeDurably(join(place, 'log.gz'), STORED_LOG),
        writeDurably(join(place, 'artifacts.tar.gz'), STORED_ARTIFACTS),
      ]);
    }),
  );
}

async function writeDurably(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  await handle.writeFile(content);
  await handle.datasync();
  await handle.close();
}
