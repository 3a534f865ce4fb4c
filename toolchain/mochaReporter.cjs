// Mocha's spec reporter, which besides leaves the counts for test.mjs to add up.

const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

/** Writes `{ passed, failed, pending }` to the file that LOCKSTEP_TEST_COUNTS names, when the run has ended. */
module.exports = class CountingReporter extends reporters.Spec {
  /**
   * @param {import("mocha").Runner} runner
   * @param {import("mocha").MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const file = process.env.LOCKSTEP_TEST_COUNTS;
      const { passes, failures, pending } = runner.stats ?? this.stats;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, pending }));
    });
  }
};
