import { Readable } from 'node:stream';
import { InvalidInputError } from '../../domain/errors.js';
import type { RejectEntry } from '../../domain/reject-list.js';
import type { ReadModel } from '../../projections/read-model.js';
import { jsonList } from '../data/json-list.js';
import { requestedJobJson } from '../data/job-json.js';

const NAMES_AT_ONCE = 5_000;
/** Events that are written at once may reach the read model in another order than that of their times. */
const MARGIN_MS = 1_000;

type Nested = Record<string, Record<string, Record<string, Record<string, string>>>>;

/** Package, suite, arch, version, reason: Debian's form, in which `*` stands for all. */
export function rejectListJson(entries: readonly RejectEntry[]): Nested {
  // Names are from a file; none of them may be taken for something that objects have.
  const level = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;
  const list: Nested = level();
  for (const { package: name, suite, arch, version, reason } of entries) {
    const suites = (list[name] ??= level());
    const arches = (suites[suite] ??= level());
    (arches[arch] ??= level())[version] = reason ?? '';
  }
  return list;
}

/** A JSON array of the names of all packages that were ever tested here, streamed. */
export function packageNames({ packages }: ReadModel): Readable {
  return Readable.from(jsonList(pages(packages)), { objectMode: false });
}

function* pages(packages: ReadModel['packages']): Generator<readonly string[]> {
  for (let after = ''; ;) {
    const { items, next } = packages.names({ after, limit: NAMES_AT_ONCE });
    if (items.length > 0) yield items;
    if (next === null) return;
    after = next;
  }
}

/**
 * What a user asked for, and where something has happened since, streamed: `{"until": <epoch>, "results": […]}`. Who asks
 * with the last `until` as `since` misses nothing, and may hear some of it twice.
 * @param since seconds since 1970, in decimal digits
 * @throws InvalidInputError
 */
export function requestedJobs(readModel: ReadModel, user: string, since = '0'): Readable {
  if (!/^\d{1,11}$/.test(since)) {
    throw new InvalidInputError([{ field: 'since', value: since, allowed: 'a UNIX timestamp in seconds' }]);
  }
  return Readable.from(requested(readModel, user, Number(since)), { objectMode: false });
}

async function* requested({ records }: ReadModel, user: string, since: number): AsyncGenerator<string> {
  const last = records.lastUpdateFor(user) ?? '';
  const until = Math.floor((Date.parse(last) - MARGIN_MS) / 1000);
  yield `{"until": ${Math.max(since, until || 0)}, "results": `;
  yield* jsonList(requestedParts(records.requestedBy(user, new Date(since * 1000).toISOString(), last)));
  yield '}\n';
}

function* requestedParts(parts: ReturnType<ReadModel['records']['requestedBy']>): Generator<readonly object[]> {
  for (const part of parts) yield part.map(requestedJobJson);
}
