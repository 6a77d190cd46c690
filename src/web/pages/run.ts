import { formatPin } from '../../domain/job.js';
import type { ReadModel } from '../../projections/read-model.js';
import type { RunDetails, Target, Viewer } from '../../projections/views.js';
import { testAnchor } from '../log/page-log.js';
import { historyPath, packagePath } from '../paths.js';
import { packageTrail } from './package.js';
import type { Page } from './page.js';
import { runView } from './run-view.js';

/** A run that the address names rightly and that the viewer may see; null: there is none. */
export function visibleRun(readModel: ReadModel, at: Target & { runId: number }, viewer: Viewer): RunDetails | null {
  const run = readModel.runs.byId(at.runId, viewer);
  const right = run?.package === at.package && run.suite === at.suite && run.arch === at.arch;
  return right ? run : null;
}

/** One run: its result, its tests, and its log, which the server puts in. */
export function runPage(run: RunDetails): Page {
  const { package: name, suite, arch, runId, tests, job } = run;
  const view = {
    run: { ...runView(run), pins: run.pins.map(formatPin), backend: run.backend, purged: run.purgedAt !== null },
    tests: tests.map((test) => ({ ...test, failed: test.result === 'FAIL', anchor: testAnchor(test.name) })),
    hasTests: tests.length > 0,
    retryOf: job.origin.kind === 'retry' ? job.origin.of : null,
  };
  const trail = [
    ...packageTrail(name),
    { text: name, href: packagePath(name) },
    { text: `${suite}/${arch}`, href: historyPath(run) },
  ];
  return {
    template: 'run',
    title: `${name} in ${suite} on ${arch}, run ${runId}`,
    view,
    trail,
    live: run.endedAt === null && !run.private ? { package: name, suite, arch, runId } : null,
  };
}
