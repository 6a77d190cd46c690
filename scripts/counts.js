// node scripts/counts.js REPORT: prints `N passed, N failed, N skipped` from vitest's JSON report.
// Exits 1 if anything failed, or if no test ran at all: a run without tests proves nothing.
import { readFileSync } from 'node:fs';

/** How many tests ended how. A file that broke before or after its tests, and a run that broke, are failures too. */
function counts({ success, testResults }) {
  const ofStatus = (tests, ...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && ofStatus(assertionResults, 'failed') === 0,
  ).length;
  const failed = ofStatus(all, 'failed') + brokenFiles;
  const passed = ofStatus(all, 'passed');
  const skipped = all.length - passed - ofStatus(all, 'failed');
  return { passed, failed: failed === 0 && !success ? 1 : failed, skipped };
}

/** A report that is not there, or not whole, is that of a run that broke. */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { success: false, testResults: [] };
  }
}

const { passed, failed, skipped } = counts(read(process.argv[2]));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
