// Tests of durations.
import assert from "node:assert/strict";
import { parseDuration, toMs } from "../../../config/duration.ts";

describe("parseDuration", () => {
  const good: readonly (readonly [string, number])[] = [
    ["500ms", 500],
    ["30s", 30_000],
    ["10m", 600_000],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
    ["1.5h", 5_400_000],
    [" 30 s ", 30_000],
    ["0s", 0],
  ];
  for (const [text, ms] of good) {
    it(`reads ${JSON.stringify(text)} as ${ms} ms`, () => {
      assert.equal(parseDuration(text), ms);
    });
  }

  for (const text of ["", "30", 30, "s", "-1s", "10 minutes", "1h30m", "1e3s", "25d", null, {}]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.equal(parseDuration(text), undefined);
    });
  }
});

describe("toMs", () => {
  it("is for constants, and says which one is wrong", () => {
    assert.equal(toMs("2s"), 2_000);
    assert.throws(() => toMs("-2s"), /-2s is not a duration/);
  });
});
