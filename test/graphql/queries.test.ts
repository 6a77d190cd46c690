import { describe, expect, it } from 'vitest';
import { finishedRun, aJob } from '../support/event-log.js';
import { World } from './world.js';

const at = (day: number): string => `2026-02-0${day}T00:00:00.000Z`;

describe('queries', () => {
  it('give a package with its matrix and the last runs of each', async () => {
    const world = World.start();
    for (const [runId, status] of [
      [1, 'pass'],
      [2, 'fail'],
      [3, 'pass'],
    ] as const) {
      await world.happen(...finishedRun({ runId }, { status, finishedAt: at(runId) }));
    }
    await world.happen(...finishedRun({ runId: 4, suite: 'testing', arch: 'arm64' }));
    const { data, errors } = await world.ask(`{
      package(name: "hello") {
        name prefix
        statuses { suite arch previousStatus lastPassAt test { runId status } tests(first: 2) { nodes { runId previousStatus } pageInfo { hasNextPage } } }
      }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      package: {
        name: 'hello',
        prefix: 'h',
        statuses: [
          expect.objectContaining({ suite: 'testing', arch: 'arm64', test: { runId: 4, status: 'pass' } }),
          {
            suite: 'unstable',
            arch: 'amd64',
            previousStatus: 'fail',
            lastPassAt: at(3),
            test: { runId: 3, status: 'pass' },
            tests: {
              nodes: [
                { runId: 3, previousStatus: 'fail' },
                { runId: 2, previousStatus: 'pass' },
              ],
              pageInfo: { hasNextPage: true },
            },
          },
        ],
      },
    });
  });

  it('page through the queue', async () => {
    const world = World.start();
    for (const runId of [1, 2, 3]) await world.happen({ type: 'TestEnqueued', data: aJob({ runId }) });
    const query = '{ queue(first: 2) { edges { cursor node { runId } } pageInfo { endCursor hasNextPage } } }';
    const { data } = await world.ask(query);
    console.log(JSON.stringify(data));
  });
});
