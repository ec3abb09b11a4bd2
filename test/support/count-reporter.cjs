const { renameSync, writeFileSync } = require('node:fs');

/**
 * Leaves the numbers of passed and failed tests in a file, for script/test to print once everything else has
 * been said. Written aside and renamed, so that a reader never sees half of it.
 */
module.exports = class CountReporter {
  /** @param {unknown} _contexts @param {import('@jest/test-result').AggregatedResult} results */
  onRunComplete(_contexts, results) {
    const file = process.env['FRONTROW_TEST_COUNTS'];
    if (!file) return;
    // A file that does not even load has no failed test of its own, but it failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    writeFileSync(`${file}.part`, `${results.numPassedTests} ${failed}`);
    renameSync(`${file}.part`, file);
  }
};
