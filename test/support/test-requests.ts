import type { TestRequest } from '../../src/domain/ports/testbed.js';

/** A request like the most, with what a test wants otherwise. */
export function testRequest(part: Partial<TestRequest> = {}): TestRequest {
  return {
    runId: 1,
    package: 'hello',
    suite: 'unstable',
    arch: 'amd64',
    backend: 'fake',
    variant: null,
    trigger: null,
    pins: [],
    extraAptSources: [],
    ...part,
  };
}
