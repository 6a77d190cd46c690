import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** vitest's JSON report, as far as it counts. */
interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { status: string }[];
  }[];
}

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'debci-counts-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(status: string, ...tests: string[]): Report['testResults'][number] {
  return { status, assertionResults: tests.map((test) => ({ status: test })) };
}

function countsOf(report: Report | string): { line: string; exitCode: number | null } {
  const path = join(folder, 'report.json');
  writeFileSync(path, typeof report === 'string' ? report : JSON.stringify(report));
  return run(path);
}

function run(path: string): { line: string; exitCode: number | null } {
  const { stdout, status } = spawnSync(process.execPath, ['scripts/counts.js', path], { encoding: 'utf8' });
  return { line: stdout, exitCode: status };
}

it('counts tests that passed, failed and were skipped, over all files', () => {
  const testResults = [
    file('passed', 'passed', 'passed', 'skipped'),
    file('failed', 'passed', 'failed', 'todo', 'pending'),
  ];
  expect(countsOf({ success: false, testResults })).toEqual({ line: '3 passed, 1 failed, 3 skipped\n', exitCode: 1 });
});

it('is content with passes and skips', () => {
  const testResults = [file('passed', 'passed', 'skipped')];
  expect(countsOf({ success: true, testResults })).toEqual({ line: '1 passed, 0 failed, 1 skipped\n', exitCode: 0 });
});

it('counts a file that broke as a failure, whether or not its tests passed', () => {
  const testResults = [file('failed'), file('failed', 'passed'), file('passed', 'passed')];
  expect(countsOf({ success: false, testResults })).toEqual({ line: '2 passed, 2 failed, 0 skipped\n', exitCode: 1 });
});

it('counts a run that broke outside its files as a failure', () => {
  const testResults = [file('passed', 'passed')];
  expect(countsOf({ success: false, testResults })).toEqual({ line: '1 passed, 1 failed, 0 skipped\n', exitCode: 1 });
});

it('fails where no test ran', () => {
  const none = { line: '0 passed, 0 failed, 0 skipped\n', exitCode: 1 };
  expect(countsOf({ success: true, testResults: [] })).toEqual(none);
  const testResults = [file('passed', 'skipped')];
  expect(countsOf({ success: true, testResults })).toEqual({ line: '0 passed, 0 failed, 1 skipped\n', exitCode: 1 });
});

it('counts a report that is missing or cut off as a failure', () => {
  const broken = { line: '0 passed, 1 failed, 0 skipped\n', exitCode: 1 };
  expect(run(join(folder, 'nowhere.json'))).toEqual(broken);
  expect(countsOf('{"success":true,"testRes')).toEqual(broken);
});
