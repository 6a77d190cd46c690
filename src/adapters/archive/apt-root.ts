import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ArchiveUnavailableError, type ArchiveTarget } from '../../domain/ports/archive.js';
import { aptConf } from '../shared/apt/apt-settings.js';
import type { AptSetting } from '../shared/apt/settings.js';
import type { AptView } from '../shared/apt/apt-view.js';
import { sourceLines, writeKeys } from '../shared/apt/extra-sources.js';
import { writeInto } from '../shared/files.js';
import { cleanEnvironment } from '../shared/process/environment.js';

/** An index that apt has fetched and verified. */
export interface IndexFile {
  readonly kind: 'Packages' | 'Sources';
  /** Compressed or not, as apt's configuration says; the ending tells. */
  readonly path: string;
  /** The path in the archive, from the release's folder on (`main/binary-amd64/Packages`). */
  readonly metaKey: string;
}

const LARGEST_OUTPUT_BYTES = 16 * 1024 * 1024;

/**
 * A folder with a whole apt of its own for one target: configuration, sources, keys, lists, and a machine on which
 * nothing is installed. apt run there reads nothing of this machine's and changes nothing of it.
 */
export class AptRoot {
  constructor(
    readonly folder: string,
    private readonly path: string,
  ) {}

  /** What a program of apt's has in its environment to work here. */
  get environment(): Record<string, string> {
    return { ...cleanEnvironment(this.path, this.folder), APT_CONFIG: this.confFile };
  }

  get lists(): string {
    return join(this.folder, 'lists');
  }

  /** Written anew each time, so that it follows debci's settings and this machine's. The lists stay. */
  async write({ arch, extraAptSources }: ArchiveTarget, { sources, keys, settings }: AptView): Promise<void> {
    await mkdir(join(this.lists, 'partial'), { recursive: true });
    await mkdir(join(this.folder, 'cache', 'archives', 'partial'), { recursive: true });
    const keyFolder = join(this.folder, 'keys');
    await rm(keyFolder, { recursive: true, force: true });
    await mkdir(keyFolder);
    for (const { name, bytes } of keys) await writeInto(keyFolder, name, bytes);
    await writeKeys(extraAptSources, keyFolder);
    const extra = extraAptSources.flatMap(({ entry }) => sourceLines(entry) ?? []);
    await writeInto(this.folder, 'sources.list', `${[...sources, ...withSources(extra)].join('\n')}\n`);
    await writeInto(this.folder, 'status', '');
    await writeFile(`${this.confFile}.new`, this.conf(arch) + aptConf(settings, (file) => file));
    await rename(`${this.confFile}.new`, this.confFile);
  }

  /** @throws ArchiveUnavailableError */
  async indexFiles(): Promise<IndexFile[]> {
    const output = await this.apt('apt-get', ['indextargets', '--format', '$(CREATED_BY)\t$(FILENAME)\t$(METAKEY)']);
    return output.split('\n').flatMap((line) => {
      const [kind = '', path = '', metaKey = ''] = line.split('\t');
      return kind === 'Packages' || kind === 'Sources' ? [{ kind, path, metaKey }] : [];
    });
  }

  /**
   * Runs one of apt's programs here, and gives what it prints.
   * @throws ArchiveUnavailableError
   */
  async apt(program: 'apt-get' | 'apt-cache', args: readonly string[]): Promise<string> {
    try {
      const options = { env: this.environment, maxBuffer: LARGEST_OUTPUT_BYTES };
      return (await promisify(execFile)(program, [...args], options)).stdout;
    } catch (cause) {
      throw new ArchiveUnavailableError(`${program} ${args[0] ?? ''} failed`, { cause });
    }
  }

  private get confFile(): string {
    return join(this.folder, 'apt.conf');
  }

  private conf(arch: string): string {
    const inside = (path: string): string => join(this.folder, path);
    const settings: AptSetting[] = [
      { key: 'Dir::State', value: this.folder },
      { key: 'Dir::State::lists', value: this.lists },
      { key: 'Dir::State::status', value: inside('status') },
      { key: 'Dir::State::extended_states', value: inside('extended_states') },
      { key: 'Dir::Cache', value: inside('cache') },
      { key: 'Dir::Log', value: inside('log') },
      // This machine's own configuration, sources, pins, keys and passwords.
      ...['parts', 'main', 'preferences', 'preferencesparts', 'netrc', 'netrcparts', 'sourceparts', 'trusted'].map(
        (name) => ({ key: `Dir::Etc::${name}`, value: '/dev/null' }),
      ),
      { key: 'Dir::Etc::sourcelist', value: inside('sources.list') },
      { key: 'Dir::Etc::trustedparts', value: inside('keys') },
      { key: 'APT::Architecture', value: arch },
      { key: 'APT::Architectures::', value: arch },
      // Half the disk for a tenth of a second.
      { key: 'Acquire::GzipIndexes', value: 'true' },
      // Without it apt goes on with old indices where it cannot get the new ones, and calls that a success.
      { key: 'APT::Update::Error-Mode', value: 'any' },
    ];
    return settings.map(({ key, value }) => `${key} "${value}";\n`).join('');
  }
}

/** Batch needs to see the sources of an entry too; an archive without them has an empty index. */
function withSources(lines: readonly string[]): string[] {
  const sources = lines.filter((line) => line.startsWith('deb ')).map((line) => line.replace(/^deb /, 'deb-src '));
  return [...new Set([...lines, ...sources])];
}
