import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Args } from '@oclif/core';
import { checked } from '../../application/input/checked.js';
import { JobInput } from '../../application/input/enqueue-request.js';
import { verdict, UNEXPECTED_EXIT_CODE } from '../../domain/verdict.js';
import type { TestExit, TestRequest, Testbed } from '../../domain/ports/testbed.js';
import { BaseCommand } from '../base-command.js';
import { testbedFor } from '../compose/testbeds.js';
import { ensureState, statePaths } from '../config/state.js';
import { followFile } from '../follow-file.js';
import { commonFlags } from '../flags.js';
import { duration, painter, safeLines } from '../output.js';
import { serviceSignals } from '../signals.js';
import { timeoutFlag } from '../timeout-flag.js';

/** A run of nobody's queue; a testbed wants an id all the same. */
const NO_RUN = 1;

export default class Test extends BaseCommand {
  static override aliases = ['localtest'];
  static override summary = "Run a package's tests here and now, and show the log";
  static override description =
    'Needs no collector and no broker, and records nothing. The testbed is built first if it is missing. ' +
    'The exit code is 0 for pass and neutral, 1 for fail and tmpfail.';
  static override examples = [
    { description: 'In the configured testbed', command: '<%= config.bin %> test hello' },
    {
      description: 'In an isolated testbed of trixie, for at most half an hour',
      command: '<%= config.bin %> test --backend unshare --suite trixie --timeout 30m libxml2',
    },
  ];
  static override args = { package: Args.string({ description: 'Source package to test.', required: true }) };
  static override flags = {
    suite: commonFlags.suite,
    arch: commonFlags.arch,
    backend: commonFlags.backend,
    mirror: commonFlags.mirror,
    timeout: timeoutFlag(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Test);
    const loaded = await this.settings(flags);
    const { suite, arch, backend, quiet } = loaded.config;
    const input = checked(JobInput, { package: args.package, suite, arch, backend });
    const request: TestRequest = Object.assign(input, { runId: NO_RUN });
    await ensureState(statePaths(loaded.config));
    const testbed = testbedFor(backend, loaded);
    const exit = await this.test(testbed, request, { timeoutMs: flags.timeout, show: !quiet });
    this.report(request, exit);
  }

  private async test(
    testbed: Testbed,
    request: TestRequest,
    { timeoutMs, show }: { timeoutMs: number; show: boolean },
  ): Promise<TestExit> {
    const outputDir = await mkdtemp(join(tmpdir(), 'debci-test-'));
    const signals = serviceSignals(() => undefined);
    const ended = new AbortController();
    const write = (text: string): void => {
      if (show) process.stdout.write(safeLines(text));
    };
    try {
      const onLine = (line: string): void => {
        if (show) this.logToStderr('%s', safeLines(line));
      };
      if (!(await testbed.ready(request))) {
        await testbed.setup(request, { force: false, signal: signals.stop, onLine });
      }
      const following = followFile(join(outputDir, 'log'), write, ended.signal);
      try {
        return await testbed.run(request, { outputDir, timeoutMs, signal: signals.stop });
      } finally {
        ended.abort();
        await following;
      }
    } finally {
      signals.dispose();
      await rm(outputDir, { recursive: true, force: true });
    }
  }

  private report({ package: name, suite, arch }: TestRequest, exit: TestExit): void {
    const { status, message } = verdict(exit.exitCode ?? UNEXPECTED_EXIT_CODE);
    const good = status === 'pass' || status === 'neutral';
    const paint = painter(process.stdout, process.env);
    const took = duration((exit.finishedAt.getTime() - exit.startedAt.getTime()) / 1000);
    const why = exit.ended === 'by itself' ? message : exit.ended;
    this.log('%s %s %s', `${name} ${suite}/${arch}`, paint(good ? 'green' : 'red', status), `${took} (${why})`);
    if (!good) process.exitCode = 1;
  }
}
