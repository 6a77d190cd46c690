import path from 'node:path';
import { FileArtifactStore, type FileArtifactStoreOptions } from '../../src/adapters/files/artifact-store.js';
import { temporaryFolder } from './temporary-folder.js';

export const NOW = new Date('2026-01-01T00:00:00.000Z');

export interface ArtifactFolders {
  readonly base: string;
  readonly dataDir: string;
  readonly stagingDir: string;
  readonly quarantineDir: string;
  readonly store: FileArtifactStore;
}

/** A store of files in a folder of its own, whose clock stands. @param parent where that folder is to be */
export async function artifactFolders(
  options: Partial<FileArtifactStoreOptions> = {},
  parent?: string,
): Promise<ArtifactFolders> {
  const base = await temporaryFolder(parent);
  const folders = {
    dataDir: path.join(base, 'data'),
    stagingDir: path.join(base, 'staging'),
    quarantineDir: path.join(base, 'quarantine'),
  };
  const store = await FileArtifactStore.open({ ...folders, clock: { now: () => NOW }, ...options });
  return { base, ...folders, store };
}
