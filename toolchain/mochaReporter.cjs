// Mocha's spec reporter, which besides leaves the counts for test.mjs to add up.

const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

/**
 * Writes `{ passed, failed, pending, failures: [{ title, file }] }` to the file that LOCKSTEP_TEST_COUNTS names, when the run has
 * ended.
 */
module.exports = class CountingReporter extends reporters.Spec {
  /**
   * @param {import("mocha").Runner} runner
   * @param {import("mocha").MochaOptions} options
   */
  constructor(runner, options) {
    super(runner, options);
    /** @type {{ title: string, file: string | undefined }[]} */
    const failures = [];
    runner.on("fail", (test) => failures.push({ title: test.fullTitle(), file: test.file }));
    runner.once("end", () => {
      const file = process.env.LOCKSTEP_TEST_COUNTS;
      const { passes: passed, failures: failed, pending } = runner.stats ?? this.stats;
      if (file) writeFileSync(file, JSON.stringify({ passed, failed, pending, failures }));
    });
  }
};
