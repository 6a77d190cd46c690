import { formatPin } from '../../domain/job.js';
import type { Status } from '../../domain/verdict.js';
import type { RunSummary } from '../../projections/views.js';
import { formatBytes, formatDuration, formatTime, type TimeView } from '../format.js';
import { filePath, historyPath, packagePath, runPath } from '../paths.js';

/** A status as text, with a sign beside it; colour only repeats what they say. */
export interface BadgeView {
  readonly name: string;
  readonly sign: string;
}

const SIGNS: Readonly<Record<Status | 'pending' | 'running' | 'cancelled' | 'none', string>> = {
  pass: '✓',
  fail: '✗',
  neutral: '–',
  tmpfail: '!',
  pending: '…',
  running: '▸',
  cancelled: '×',
  none: '·',
};

export function badge(name: keyof typeof SIGNS): BadgeView {
  return { name, sign: SIGNS[name] };
}

function runBadge({ status, state }: RunSummary): BadgeView {
  if (status !== null) return badge(status);
  return badge(state === 'finished' ? 'none' : state);
}

/** A run as tables show it. What there is not is null, so that a template can leave it out. */
export interface RunView {
  readonly package: string;
  readonly suite: string;
  readonly arch: string;
  readonly runId: number;
  readonly badge: BadgeView;
  readonly version: string | null;
  readonly ended: TimeView | null;
  readonly enqueued: TimeView;
  readonly started: TimeView | null;
  readonly duration: string | null;
  readonly message: string | null;
  readonly trigger: string | null;
  readonly pins: readonly string[];
  readonly requestor: string | null;
  /** Seen by its requestor only. */
  readonly private: boolean;
  readonly worker: string | null;
  readonly priority: number;
  readonly packageHref: string;
  readonly historyHref: string;
  /** The page with the log. */
  readonly href: string;
  readonly log: FileView | null;
  readonly artifacts: FileView | null;
}

interface FileView {
  readonly href: string;
  readonly size: string;
}

function fileView(run: RunSummary, name: 'log.gz' | 'artifacts.tar.gz', bytes: number | null): FileView | null {
  if (bytes === null || bytes === 0 || run.purgedAt !== null) return null;
  return { href: filePath(run, name), size: formatBytes(bytes) };
}

/** @param asOf the page shows the past (moment.ts): so do those that it leads to */
export function runView(run: RunSummary, asOf?: string): RunView {
  const { package: name, suite, arch, runId, version, message, trigger, requestor, worker, priority } = run;
  return {
    package: name,
    suite,
    arch,
    runId,
    badge: runBadge(run),
    version,
    ended: run.endedAt === null ? null : formatTime(run.endedAt),
    enqueued: formatTime(run.enqueuedAt),
    started: run.startedAt === null ? null : formatTime(run.startedAt),
    duration: run.durationSeconds === null ? null : formatDuration(run.durationSeconds),
    message,
    trigger,
    pins: run.pins.map(formatPin),
    requestor,
    private: run.private,
    worker,
    priority,
    packageHref: packagePath(name, asOf),
    historyHref: historyPath(run, asOf),
    href: runPath(run),
    log: fileView(run, 'log.gz', run.logBytes),
    artifacts: fileView(run, 'artifacts.tar.gz', run.artifactsBytes),
  };
}
