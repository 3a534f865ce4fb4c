// Quantiles from histogram buckets.
import assert from "node:assert/strict";
import {
  bucketGrowth,
  latencyOf,
  NO_LATENCY,
  quantile,
  unitOf,
} from "../../../../engine/health/latency.ts";

const BUCKETS = new Map([
  [0.01, 50],
  [0.1, 90],
  [1, 100],
  [Infinity, 100],
]);

describe("quantile", () => {
  it("is linear within its bucket", () => {
    assert.equal(quantile(BUCKETS, 0.5), 0.01);
    assert.equal(quantile(BUCKETS, 0.25), 0.005);
    assert.ok(Math.abs((quantile(BUCKETS, 0.95) ?? 0) - 0.55) < 1e-9);
  });

  it("does not depend on the order of the buckets", () => {
    assert.equal(quantile(new Map([...BUCKETS].reverse()), 0.25), 0.005);
  });

  it("answers with the last finite bound beyond it", () => {
    const slow = new Map([
      [0.1, 1],
      [Infinity, 10],
    ]);
    assert.equal(quantile(slow, 0.95), 0.1);
  });

  it("is null without requests, without an infinite bucket, or with nothing else", () => {
    assert.equal(quantile(new Map(), 0.5), null);
    assert.equal(quantile(new Map([[Infinity, 0]]), 0.5), null);
    assert.equal(quantile(new Map([[1, 5]]), 0.5), null);
    assert.equal(quantile(new Map([[Infinity, 5]]), 0.5), null);
  });

  it("is null when a bucket is NaN", () => {
    const broken = new Map([
      [1, 5],
      [Infinity, Number.NaN],
    ]);
    assert.equal(quantile(broken, 0.5), null);
  });
});

describe("latencyOf", () => {
  it("gives milliseconds", () => {
    const { p50Ms, p95Ms, p99Ms } = latencyOf(BUCKETS, 1000);
    assert.deepEqual(
      [p50Ms, p95Ms, p99Ms].map((ms) => Math.round(ms ?? -1)),
      [10, 550, 910],
    );
    assert.deepEqual(latencyOf(new Map(), 1000), NO_LATENCY);
  });

  it("takes the unit from the metric's name", () => {
    assert.equal(unitOf("http_request_duration_seconds"), 1000);
    assert.equal(unitOf("http_request_duration_ms"), 1);
    assert.equal(unitOf("request_milliseconds"), 1);
  });
});

describe("bucketGrowth", () => {
  it("counts a bucket that fell from 0", () => {
    const grown = bucketGrowth(new Map([[1, 9]]), new Map([[1, 4]]));
    assert.deepEqual([...grown], [[1, 4]]);
  });
});
