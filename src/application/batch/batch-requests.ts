import { randomUUID } from 'node:crypto';
import { reasonText } from '../../domain/batch-decision.js';
import type { ChangedPackage } from '../../domain/job.js';
import type { BatchRequest } from '../../domain/ports/batch-state.js';
import * as rules from '../../domain/rules.js';
import { checked } from '../input/checked.js';
import { EnqueueRequest } from '../input/enqueue-request.js';
import type { BatchScope } from './batch-parts.js';
import type { PlannedPackage } from './deciding.js';

/** A request is answered within seconds, and fits into a message of any transport. */
const MAX_JOBS = 1000;
const MAX_BODY_CHARACTERS = 1024 * 1024;
/** The log keeps reasons for ever: more of them say nothing new, and a release can change hundreds a package. */
const MAX_REASONS = 100;
/** What people ask for is run before the whole archive is. */
const BATCH_PRIORITY = 4;

/** The jobs of a plan, cut into requests. */
export function* batchRequests(planned: Iterable<PlannedPackage>, scope: BatchScope): Generator<BatchRequest> {
  let jobs: { readonly input: object; readonly from: PlannedPackage }[] = [];
  let characters = 0;
  for (const from of planned) {
    const input = jobOf(from, scope);
    const size = JSON.stringify(input).length;
    if (jobs.length > 0 && (jobs.length === MAX_JOBS || characters + size > MAX_BODY_CHARACTERS)) {
      yield requestOf(jobs, scope);
      [jobs, characters] = [[], 0];
    }
    jobs.push({ input, from });
    characters += size;
  }
  if (jobs.length > 0) yield requestOf(jobs, scope);
}

function requestOf(jobs: readonly { input: object; from: PlannedPackage }[], scope: BatchScope): BatchRequest {
  const { suite, arch, requestor } = scope;
  const request = checked(EnqueueRequest, {
    type: 'enqueue',
    requestor,
    origin: { kind: 'batch' },
    jobs: jobs.map(({ input }) => input),
  });
  const chains = jobs.map(({ from: { package: name, members } }) => ({ package: name, members }));
  return { id: randomUUID(), suite, arch, body: JSON.stringify(request), jobs: chains };
}

function jobOf({ package: name, decision }: PlannedPackage, scope: BatchScope): object {
  const { suite, arch, backend, backendByDefault, extraAptSources } = scope;
  return {
    package: name,
    suite,
    arch,
    backend,
    backendByDefault,
    variant: null,
    trigger: decision.run ? reasonText(decision) : null,
    pins: [],
    extraAptSources,
    priority: BATCH_PRIORITY,
    private: false,
    reasons: decision.run ? decision.changes.filter(isAllowed).slice(0, MAX_REASONS) : [],
  };
}

/** An archive may name things in ways that requests do not; a run is not to fail for want of a reason. */
function isAllowed({ package: name, from, to }: ChangedPackage): boolean {
  const versionFits = (version: string | null): boolean => version === null || rules.packageVersion.accepts(version);
  return rules.packageName.accepts(name) && versionFits(from) && versionFits(to);
}
