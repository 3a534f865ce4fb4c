// Tests of durations.
import assert from "node:assert/strict";
import { parseDuration, parsePeriod, toMs } from "../../../config/duration.ts";

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

describe("parsePeriod", () => {
  it("takes what no timer has to wait for, and no 0", () => {
    assert.deepEqual(
      ["30d", "2h", "1.5d"].map(parsePeriod),
      [2_592_000_000, 7_200_000, 129_600_000],
    );
    assert.deepEqual(["0d", "0s", "1y", 30, ""].map(parsePeriod), Array(5).fill(undefined));
  });
});

describe("toMs", () => {
  it("is for constants, and says which one is wrong", () => {
    assert.equal(toMs("2s"), 2_000);
    assert.throws(() => toMs("-2s"), /-2s is not a duration/);
  });
});
