// Medians and ratios.
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { median, percentile, ratiosOf, spreadOf } from "../../../bench/statistics.ts";

describe("median", () => {
  it("is the value in the middle, by size and not by digits", () => {
    assert.equal(median([10, 9, 100]), 10);
  });

  it("is the mean of the two in the middle of an even number", () => {
    assert.equal(median([4, 1, 2, 100]), 3);
  });

  it("leaves the values as they were", () => {
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2]);
  });

  it("is refused for no values", () => {
    assert.throws(() => median([]), RangeError);
  });
});

describe("percentile", () => {
  it("is the value that so many do not exceed", () => {
    const values = Array.from({ length: 200 }, (_, n) => 200 - n);
    assert.equal(percentile(values, 0.99), 198);
    assert.equal(percentile(values, 1), 200);
    assert.equal(percentile([7], 0.99), 7);
  });

  it("is refused for no values", () => {
    assert.throws(() => percentile([], 0.5), RangeError);
  });
});

describe("spreadOf", () => {
  it("is the median with the range", () => {
    assert.deepEqual(spreadOf([5, 1, 3]), { median: 3, min: 1, max: 5 });
  });
});

describe("ratiosOf", () => {
  it("compares run with run, not median with median", () => {
    // The machine slowed down between the first pair and the second: the ratio did not change.
    assert.deepEqual(ratiosOf([30, 300], [20, 200]), [1.5, 1.5]);
  });

  it("refuses runs without a counterpart, and nothing as a base", () => {
    assert.throws(() => ratiosOf([1, 2], [1]), RangeError);
    assert.throws(() => ratiosOf([1], [0]), RangeError);
  });
});
