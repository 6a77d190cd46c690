import { InvalidInputError } from '../../../domain/errors.js';
import { AptError } from './apt-error.js';
import type { AptSetting, AptSettings } from './settings.js';
import { carriedSettings } from './apt-settings.js';
import { ownRelease, readDistribution } from './distribution.js';
import { type HostRelease, hostReleases } from './host-apt.js';
import { archiveKeys, type KeyFile } from './keyrings.js';
import { DIRECT, HTTP_PROXY } from './proxy.js';
import { chooseSources, sourceListLines } from './source-list.js';

/** All that a testbed's apt needs. */
export interface AptView {
  /** Lines of sources.list(5). */
  readonly sources: readonly string[];
  readonly keys: readonly KeyFile[];
  readonly settings: readonly AptSetting[];
  /** The address of the suite's own archive. */
  readonly mirror: string;
  /** The HTTP proxy among the settings; null: none. */
  readonly proxy: string | null;
}

const MIRROR = /^[a-z][a-z+]*:\/\/[^\s[\]]+$/;

/** @throws AptError where neither the settings nor this machine's apt name a mirror. */
export async function aptView(suite: string, settings: AptSettings): Promise<AptView> {
  if (settings.mirror !== undefined && !MIRROR.test(settings.mirror)) {
    throw new InvalidInputError([
      { field: 'mirror', value: settings.mirror, allowed: 'an address such as http://deb.example.org/debian' },
    ]);
  }
  const releases = await hostReleases(settings);
  const own = ownRelease(releases, await readDistribution());
  const sources = chooseSources(suite, releases, own, settings.mirror);
  const mirror = sources?.[0]?.uri;
  if (sources === null || mirror === undefined) {
    throw new AptError('apt uses no archive of this distribution; set a mirror (debci_mirror)');
  }
  const carried = await carriedSettings(settings, mirror);
  const proxy = carried.find(({ key }) => key === HTTP_PROXY)?.value;
  return {
    sources: sourceListLines(sources),
    keys: await archiveKeys(own, settings),
    settings: carried,
    mirror,
    proxy: proxy === undefined || proxy === DIRECT ? null : proxy,
  };
}

/** The release that this machine itself runs. */
export async function hostRelease(settings: Pick<AptSettings, 'path' | 'tmpDir'>): Promise<HostRelease | null> {
  return ownRelease(await hostReleases(settings), await readDistribution());
}
