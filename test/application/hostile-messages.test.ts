import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ATTEMPT_HEADER,
  PART_HEADER,
  PARTS_HEADER,
  RUN_ID_HEADER,
  SHA256_HEADER,
} from '../../src/application/messages/headers.js';
import { WANTED_SUBJECT } from '../../src/application/messages/control.js';
import { PROGRESS_SUBJECT, REQUESTS_SUBJECT, RESULTS_SUBJECT } from '../../src/application/messages/subjects.js';
import { utf8 } from '../support/messages.js';
import { FUZZ_CASES } from '../support/fuzz.js';
import { helloResult } from '../support/tarballs.js';
import { listing } from '../support/temporary-folder.js';
import { World } from '../support/world.js';
import { WorldUsers } from '../support/world-users.js';

const HEADERS = [ATTEMPT_HEADER, PART_HEADER, PARTS_HEADER, SHA256_HEADER, RUN_ID_HEADER, 'x'];
const hostile = fc.record({
  subject: fc.constantFrom(REQUESTS_SUBJECT, PROGRESS_SUBJECT, RESULTS_SUBJECT, WANTED_SUBJECT),
  body: fc.oneof(
    fc.uint8Array(),
    fc.json().map(utf8),
    fc
      .constantFrom('enqueue', 'cancel', 'retry', 'started', 'toString')
      .chain((type) =>
        fc.record({
          type: fc.constant(type),
          jobs: fc.anything(),
          runIds: fc.anything(),
          runId: fc.constantFrom(1, 99, 'x'),
        }),
      )
      .map((fields) => utf8(fc.stringify(fields))),
    fc.constant(helloResult()),
  ),
  headers: fc.dictionary(
    fc.constantFrom(...HEADERS),
    fc.oneof(fc.constantFrom('1', '2', '300', 'a'.repeat(64), '../x'), fc.string()),
  ),
});

let world: World;
let users: WorldUsers;
beforeEach(async () => {
  world = new World({ keeps: true });
  users = new WorldUsers(world);
  await world.start();
});
afterEach(() => world.dispose());

it('whatever comes to its queues, the collector goes on, and writes no file of it outside its folders', async () => {
  await users.ask('hello');
  const messages = fc.sample(hostile, 2 * FUZZ_CASES);
  for (const { subject, body, headers } of messages) await world.bus.publish(subject, body, { headers });
  await users.ask('dpkg');
  const { job, attempt } = await users.start('one');
  await users.deliver(job, 'one', attempt);
  expect(await world.types(job.runId)).toEqual(['TestEnqueued', 'TestStarted', 'TestFinished']);
  await world.stop();
  const files = (await listing(world.stateDir)).filter((file) => !file.endsWith('/'));
  const known =
    /^(read-model[\w-]*\.sqlite(-\w+)?|parts\/[0-9a-f]{64}-\d+\/\d+|data\/autopkgtest\/unstable\/amd64\/h\/hello\/1\/(log|artifacts\.tar)\.gz)$/;
  expect(files.filter((file) => !known.test(file))).toEqual([]);
});
