import { it } from 'vitest';
import { checked } from '../../../src/application/input/checked.js';
import { EnqueueRequest } from '../../../src/application/input/enqueue-request.js';
it('perf', () => {
  for (const n of [5000, 5000, 5000, 5000]) {
    const req = {
      type: 'enqueue',
      requestor: 'a',
      origin: { kind: 'cli' },
      jobs: Array.from({ length: n }, (_, i) => ({
        package: `pkg${i}`,
        suite: 'unstable',
        arch: 'amd64',
        backend: 'lxc',
        trigger: 'glibc/2.42-1',
        pins: [{ suite: 'experimental', packages: ['src:glibc'] }],
        priority: 5,
        private: false,
      })),
    };
    const t = performance.now();
    checked(EnqueueRequest, req);
    console.log(n, performance.now() - t);
  }
});
