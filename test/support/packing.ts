import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { FileResultPacker } from '../../src/adapters/files/result-packer.js';
import type { Workspace } from '../../src/domain/ports/result-packer.js';
import type { TestExit, TestRequest } from '../../src/domain/ports/testbed.js';
import { logText } from '../conformance/artifact-store.js';
import { artifactFolders } from './artifact-folders.js';
import { temporaryFolder } from './temporary-folder.js';

export const MIB = 1024 * 1024;
export const REQUEST: TestRequest = {
  runId: 42,
  package: 'libxml2',
  suite: 'trixie-backports',
  arch: 'arm64',
  backend: 'fake',
  variant: null,
  trigger: 'glibc/2.42-1',
  pins: [],
  extraAptSources: [],
};
export const EXIT: TestExit = {
  exitCode: 0,
  ended: 'by itself',
  startedAt: new Date('2025-12-31T10:00:00.000Z'),
  finishedAt: new Date('2025-12-31T10:01:33.400Z'),
};
export const ROOT = 'autopkgtest-incoming/trixie-backports/arm64/libx/libxml2/42';

export async function workspace(): Promise<Workspace> {
  return new FileResultPacker(await temporaryFolder()).workspace(42);
}

export async function leave(where: Workspace, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(where.outputDir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Unpacks with GNU tar, which checks the tarball as Debian's collector does. Gives the run's folder. */
export async function unpacked(tarball: Uint8Array): Promise<string> {
  const folder = await temporaryFolder();
  execFileSync('tar', ['xzf', '-', '-C', folder], { input: tarball });
  return path.join(folder, ROOT);
}

export async function unpackedLog(tarball: Uint8Array): Promise<string> {
  return gunzipSync(await readFile(path.join(await unpacked(tarball), 'log.gz'))).toString();
}

/** What is packed must be taken by our own collector, whatever the test left behind. */
export async function delivered(where: Workspace): Promise<{ log: string; stored: string[] }> {
  const { store, dataDir } = await artifactFolders();
  const staged = await store.receive(await where.pack(REQUEST, EXIT, 'worker-1'));
  expect(staged.run).toEqual({ runId: 42, package: 'libxml2', suite: 'trixie-backports', arch: 'arm64' });
  await staged.commit();
  const file = path.join(dataDir, 'autopkgtest/trixie-backports/arm64/libx/libxml2/42/artifacts.tar.gz');
  const stored = execFileSync('tar', ['tzf', file], { encoding: 'utf8', maxBuffer: 100 * MIB })
    .trimEnd()
    .split('\n');
  return { log: (await logText(store, staged.run))!, stored };
}
