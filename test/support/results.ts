import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileResultPacker } from '../../src/adapters/files/result-packer.js';
import type { TestRequest } from '../../src/domain/ports/testbed.js';
import { temporaryFolder } from './folder.js';

const BEGAN = Date.parse('2026-11-24T11:00:00.000Z');

/** A result as our worker sends it. */
export async function resultTarball(
  request: TestRequest,
  { worker, log, exitCode = 0 }: { worker: string; log: string; exitCode?: number },
): Promise<Uint8Array> {
  const folder = temporaryFolder();
  try {
    const workspace = await new FileResultPacker(folder.path).workspace(request.runId);
    await mkdir(workspace.outputDir, { recursive: true });
    await writeFile(join(workspace.outputDir, 'log'), `${log}\n`);
    await writeFile(join(workspace.outputDir, 'testpkg-version'), `${request.package} 1.0-1\n`);
    const exit = {
      exitCode,
      ended: 'by itself',
      startedAt: new Date(BEGAN),
      finishedAt: new Date(BEGAN + 60_000),
    } as const;
    return await workspace.pack(request, exit, worker);
  } finally {
    folder.remove();
  }
}
