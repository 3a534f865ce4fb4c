// Numbers as the gate prints them.
import assert from "node:assert/strict";
import { countText, durationText, percentText } from "../../../../engine/health/format.ts";

describe("the gate's numbers", () => {
  it("groups thousands and knows one from many", () => {
    assert.equal(countText(1004), "1,004");
    assert.equal(countText(1, "request"), "1 request");
    assert.equal(countText(0, "request"), "0 requests");
  });

  it("never rounds a rate up to the limit", () => {
    assert.equal(percentText({ failed: 12, total: 1004 }, 0.05), "1.2 %");
    assert.equal(percentText({ failed: 49_999, total: 1_000_000 }, 0.05), "4.99 %");
    assert.equal(percentText({ failed: 5, total: 100 }, 0.05), "5.0 %");
    assert.equal(percentText({ failed: 7, total: 100 }, 0.07), "7.0 %");
  });

  it("writes durations in the unit that fits", () => {
    assert.equal(durationText(1.25), "1.3 ms");
    assert.equal(durationText(18.4), "18 ms");
    assert.equal(durationText(1234), "1.2 s");
  });
});
