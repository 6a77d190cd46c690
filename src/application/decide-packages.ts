import { packageDecider, packageStream } from '../domain/package-settings.js';
import type { JobIndex } from '../domain/ports/job-index.js';
import type { EventLog } from './event-log.js';
import type { MarkPackagesRequest, SetBackendRequest } from './input/package-requests.js';

/** What became of a package's backend: `changed` false where it was that one. */
export interface DecidedPackage {
  readonly package: string;
  readonly backend: string | null;
  readonly changed: boolean;
}

/** Gives a package a backend. When it resolves, requests follow it. */
export async function setBackend(
  log: EventLog,
  index: Pick<JobIndex, 'reached'>,
  { package: name, backend, by, reason }: SetBackendRequest,
  requestId: string,
): Promise<DecidedPackage> {
  const command = { type: 'set-backend', package: name, backend, by, reason } as const;
  const metadata = { actor: `user:${by}`, causationId: requestId, correlationId: requestId };
  const { events, position } = await log.handle(packageDecider, packageStream(name), command, metadata);
  if (position !== null) await index.reached(position);
  return { package: name, backend, changed: events.length > 0 };
}

/** Marks packages that an archive has no more, or again. @returns how many marks are new */
export async function markPackages(
  log: EventLog,
  { suite, arch, by, removed, returned }: MarkPackagesRequest,
  requestId: string,
): Promise<{ changed: number }> {
  const metadata = { actor: `user:${by}`, causationId: requestId, correlationId: requestId };
  const mark = async (type: 'mark-removed' | 'mark-returned', name: string): Promise<number> => {
    const command = { type, package: name, suite, arch, by };
    return (await log.handle(packageDecider, packageStream(name), command, metadata)).events.length;
  };
  const changed = await Promise.all([
    ...removed.map((name) => mark('mark-removed', name)),
    ...returned.map((name) => mark('mark-returned', name)),
  ]);
  return { changed: changed.reduce((sum, one) => sum + one, 0) };
}
