import { fileURLToPath } from 'node:url';
import { FileRejectList } from '../../adapters/files/reject-list.js';
import { awaitReadModel, type ReadModel } from '../../projections/read-model.js';
import type { WebServer } from '../../web/server.js';
import { pagesVersion } from '../../web/pages-version.js';
import { Renderer, type RendererOptions } from '../../web/renderer.js';
import { Site } from '../../web/site.js';
import { Templates } from '../../web/templates.js';
import type { Instance } from './instance.js';
import { openWebServer, type ServerSources } from './web-server.js';

const TEMPLATES = fileURLToPath(new URL('../../web/templates', import.meta.url));
const ASSETS = fileURLToPath(new URL('../../web/assets', import.meta.url));

/** What makes the pages and what serves them, on one connection to the read model. */
export interface WebService {
  renderer(from: Pick<RendererOptions, 'projector' | 'store' | 'checkpoints'>): Renderer;
  /** @param from where the log is read, how the bus is, and the way to the collector */
  server(from: ServerSources): Promise<WebServer>;
  close(): void;
}

/** What every page is made with. */
export interface MadeWith {
  readonly site: Site;
  readonly assetsDir: string;
  readonly version: string;
}

export function siteParts({ config, rejectListFile, logger }: Instance, readModel: ReadModel): MadeWith {
  const { distro_name: distribution } = config;
  const settings = {
    failingPerPage: config.failing_packages_per_page,
    pendingPerPage: config.pending_status_per_page,
    visibleDays: config.status_visible_days,
    slowMinutes: config.slow_tests_duration_minutes,
  };
  const rejectList = FileRejectList.open(rejectListFile, logger);
  return {
    site: new Site({ readModel, rejectList, templates: new Templates(TEMPLATES), distribution, settings }),
    assetsDir: ASSETS,
    version: pagesVersion([TEMPLATES, ASSETS], { distribution, ...settings }),
  };
}

/** Where no collector has made a read model yet, pages that are files are served, and other requests are told to come again. */
export function openWeb(instance: Instance): WebService {
  const { config, paths, logger } = instance;
  const readModel = awaitReadModel(paths.readModel);
  const { site, assetsDir, version } = siteParts(instance, readModel);
  return {
    renderer: (from) =>
      new Renderer({ ...from, site, readModel, htmlDir: config.html_dir, assetsDir, version, logger }),
    server: (from) => openWebServer(instance, { readModel, site }, from),
    close: () => {
      readModel.close();
    },
  };
}
