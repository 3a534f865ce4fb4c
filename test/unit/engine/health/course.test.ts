// How checks add up to the gate's verdict.
import assert from "node:assert/strict";
import { failedInARow, planCourse } from "../../../../engine/health/course.ts";
import type { CheckVerdict } from "../../../../engine/health/judge.ts";
import { DEFAULT_GATE_SETTINGS } from "../../../../engine/health/settings.ts";

const LETTERS: Readonly<Record<string, CheckVerdict>> = { P: "pass", F: "fail", N: "no-data" };
/** A watch of 6 checks, 3 failures. */
const SETTINGS = { ...DEFAULT_GATE_SETTINGS, intervalMs: 1000, watchMs: 6000 };

function checks(letters: string) {
  return [...letters].map((letter) => {
    const verdict = LETTERS[letter];
    assert.ok(verdict);
    return { verdict, reason: `seen ${letter}` };
  });
}

function courseOf(letters: string) {
  const course = planCourse(checks(letters), SETTINGS);
  return course.next === "end" ? course.verdict : "check";
}

describe("planCourse", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["", "check", "nothing seen yet"],
    ["PPPPP", "check", "the watch time is not over"],
    ["PPPPPP", "pass", "all passed"],
    ["FFF", "fail", "three in a row, at once"],
    ["PPFFF", "fail", "three in a row later"],
    ["FFPPPP", "pass", "two, then recovery"],
    ["FFPFFP", "held", "failed more often than passed"],
    ["FPFPFP", "pass", "as often passed as failed, and the last one passed"],
    ["FNFNF", "fail", "no-data does not forgive a failure"],
    ["NNNNNN", "held", "no-data never passes, and nothing to wait for"],
    ["PPPPPN", "check", "a last check without data gets more time"],
    ["PPPPPNP", "pass", "that settles it"],
    ["PPPPPNNNN", "held", "up to three more checks"],
    ["PPPPPF", "check", "nor does the watch end on a failed check"],
    ["PPPPPFP", "pass", "it recovered"],
    ["PPPPPFFF", "fail", "it did not"],
    ["PPPPPFFN", "check", "still open"],
    ["PPPPPFFNN", "held", "and held when the extra checks are used up"],
    ["PPPPPNNFF", "held", "two failures are not three"],
  ];
  for (const [letters, expected, why] of cases) {
    it(`${letters || "(none)"} -> ${expected}: ${why}`, () => {
      assert.equal(courseOf(letters), expected);
    });
  }

  it("gives the last check's reason", () => {
    const course = planCourse(checks("PFFF"), SETTINGS);
    assert.deepEqual(course, {
      next: "end",
      verdict: "fail",
      reason: "3 checks in a row failed, the last one because of: seen F",
    });
  });

  it("goes by the configured number of failures", () => {
    assert.equal(planCourse(checks("F"), { ...SETTINGS, failures: 1 }).next, "end");
    assert.equal(planCourse(checks("FFF"), { ...SETTINGS, failures: 4 }).next, "check");
  });
});

describe("failedInARow", () => {
  it("counts since the last pass", () => {
    assert.equal(failedInARow(checks("FFPFNF")), 2);
    assert.equal(failedInARow(checks("FFP")), 0);
    assert.equal(failedInARow([]), 0);
  });
});
