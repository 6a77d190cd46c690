import { join } from 'node:path';
import { FileLock } from '../../adapters/sqlite/file-lock.js';
import type { EventStore } from '../../domain/ports/event-store.js';
import { ReadModelFiles } from '../../projections/files.js';
import { awaitReadModel } from '../../projections/read-model.js';
import { rebuild, type Rebuilt, type Until } from '../../projections/rebuild.js';
import type { ReplayOptions } from '../../projections/replay.js';
import { renderAll } from '../../web/render-all.js';
import { replaceSite } from '../../web/replace-site.js';
import type { Watched } from '../watch.js';
import type { Instance } from './instance.js';
import { siteParts } from './web-service.js';

const READ_MODEL = 'read-model.sqlite';

/** How the read model of an instance is replayed. */
export function replayOptions(instance: Instance, store: EventStore, watched: Watched): ReplayOptions {
  const { paths } = instance;
  return {
    ...watched,
    store,
    files: new ReadModelFiles(paths.readModel),
    rebuilding: new FileLock(paths.rebuildLock),
    collector: new FileLock(paths.lock),
  };
}

/** Renders all pages of the read model in use, and puts them in place of the old ones. @returns how many */
export async function replacePages(instance: Instance, store: EventStore, watched: Watched): Promise<number> {
  const readModel = awaitReadModel(instance.paths.readModel);
  try {
    const { html_dir: htmlDir } = instance.config;
    return await replaceSite({ ...siteParts(instance, readModel), ...watched, store, readModel, htmlDir });
  } finally {
    readModel.close();
  }
}

/** Makes a read model in a folder of its own: a look at the past that touches nothing that is in use. */
export function replayInto(folder: string, options: ReplayOptions, until: Until | undefined): Promise<Rebuilt> {
  return rebuild({ ...options, file: join(folder, READ_MODEL), ...(until && { until }) });
}

/** Renders the pages of that read model beside it. @returns how many */
export async function renderInto(folder: string, instance: Instance, watched: Watched): Promise<number> {
  const readModel = awaitReadModel(join(folder, READ_MODEL));
  try {
    return await renderAll({ ...siteParts(instance, readModel), ...watched, readModel, htmlDir: join(folder, 'html') });
  } finally {
    readModel.close();
  }
}
