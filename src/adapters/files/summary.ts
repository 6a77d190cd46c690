import type { TestCase } from '../../domain/events.js';
import { printable } from './printable.js';

const MAX_TESTS = 10_000;
const MAX_LINE = 2_000;
const MAX_NAME = 256;
const MAX_DETAIL = 256;

/** autopkgtest's results (lib/testdesc.py); its other lines ("blame: …", "badpkg: …", "testbed failure: …") name no test. */
const TEST_LINE = /^(\S+)\s+(PASS|FAIL|SKIP|FLAKY|BROKEN)(?:\s+(.*))?$/;

function parseLine(line: string): TestCase | null {
  const match = TEST_LINE.exec(line.slice(0, MAX_LINE).trimEnd());
  if (match === null) return null;
  const [, name = '', result = '', detail = ''] = match;
  return {
    name: printable(name, MAX_NAME),
    result,
    detail: detail === '' ? null : printable(detail, MAX_DETAIL),
  };
}

/**
 * The tests that autopkgtest's summary names, in its order; the first 10,000. Names and details are cut and printable.
 * autopkgtest tells of a test that it skips twice, for it reads their description twice; a line that was there counts once.
 */
export function parseSummary(text: string): TestCase[] {
  const tests: TestCase[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n')) {
    const test = seen.has(line) ? null : parseLine(line);
    if (test === null) continue;
    seen.add(line);
    tests.push(test);
    if (tests.length === MAX_TESTS) break;
  }
  return tests;
}
