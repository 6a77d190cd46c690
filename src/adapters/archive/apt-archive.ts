import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  ArchiveUnavailableError,
  type Archive,
  type ArchivePackage,
  type ArchiveTarget,
  type RefreshOptions,
} from '../../domain/ports/archive.js';
import { AptError } from '../shared/apt/apt-error.js';
import type { AptView } from '../shared/apt/apt-view.js';
import { runLineProgram } from '../shared/process/line-program.js';
import { AptRoot, type IndexFile } from './apt-root.js';
import { BINARY_FIELDS, binaryPackage, SOURCE_FIELDS, sourcePackage } from './index-packages.js';
import { indexText, pinOf } from './read-index.js';
import { stanzas } from './stanzas.js';

export interface AptArchiveOptions {
  /** Each target gets a folder in it. */
  readonly folder: string;
  /** Where programs are looked for, in the form of `PATH`. */
  readonly path: string;
  /** Between SIGTERM and SIGKILL of a fetch that is stopped, in ms. */
  readonly graceMs: number;
  /** The archives of a suite, the keys that sign them, and how they are reached. */
  readonly view: (suite: string) => Promise<AptView>;
}

/** Archives as apt fetches and verifies them, into folders of ours. */
export class AptArchive implements Archive {
  constructor(private readonly options: AptArchiveOptions) {}

  /** The folder of a target and its apt. */
  root(target: ArchiveTarget): AptRoot {
    const { suite, arch, extraAptSources } = target;
    const digest = createHash('sha256').update(JSON.stringify(extraAptSources)).digest('hex').slice(0, 12);
    const name = [suite, arch, ...(extraAptSources.length > 0 ? [digest] : [])].join('_');
    return new AptRoot(join(this.options.folder, name), this.options.path);
  }

  async refresh(target: ArchiveTarget, { signal, onLine }: RefreshOptions): Promise<void> {
    const { path, graceMs } = this.options;
    const root = this.root(target);
    await root.write(target, await this.view(target.suite));
    const { folder, environment } = root;
    const argv = ['apt-get', 'update', '--quiet'] as const;
    const update = { argv, debianPackage: 'apt', folder, env: environment, path, graceMs, signal, onLine };
    const failure = await runLineProgram(update);
    if (failure !== null) throw new ArchiveUnavailableError(failure);
  }

  async *packages(target: ArchiveTarget): AsyncGenerator<ArchivePackage> {
    const root = this.root(target);
    const files = await root.indexFiles();
    if (!files.some(({ kind }) => kind === 'Packages') || !files.some(({ kind }) => kind === 'Sources')) {
      throw new ArchiveUnavailableError(`there are no indices of ${target.suite}/${target.arch}, or not all`);
    }
    for (const file of files) yield* readFile(file, root);
  }

  private async view(suite: string): Promise<AptView> {
    try {
      return await this.options.view(suite);
    } catch (error) {
      throw error instanceof AptError ? new ArchiveUnavailableError(error.message, { cause: error }) : error;
    }
  }
}

async function* readFile(file: IndexFile, { environment }: AptRoot): AsyncGenerator<ArchivePackage> {
  const text = indexText(file.path, environment);
  if (file.kind === 'Sources') {
    for await (const stanza of stanzas(text, SOURCE_FIELDS)) {
      const one = sourcePackage(stanza);
      if (one !== null) yield { kind: 'source', package: one };
    }
    return;
  }
  const pin = await pinOf(file);
  for await (const stanza of stanzas(text, BINARY_FIELDS)) {
    const one = binaryPackage(stanza, pin);
    if (one !== null) yield { kind: 'binary', package: one };
  }
}
