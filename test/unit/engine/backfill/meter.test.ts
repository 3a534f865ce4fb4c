// Progress, rate and time left: never done before the end, and no number where there is none to tell.
import assert from "node:assert/strict";
import fc from "fast-check";
import { describeReading, describeTime, Meter } from "../../../../engine/backfill/meter.ts";

describe("Meter", () => {
  it("tells share, rate and time left", () => {
    const meter = new Meter({ walkedRows: 0, estimatedRows: 10_000 }, 0);
    meter.add(1_000, 500);
    meter.add(1_000, 1_000);
    assert.deepEqual(meter.read(1_000), {
      walkedRows: 2_000,
      estimatedRows: 10_000,
      percent: 20,
      rowsPerSecond: 2_000,
      etaMs: 4_000,
    });
  });

  it("goes on from what an earlier run has walked, which is no speed of this one", () => {
    const meter = new Meter({ walkedRows: 5_000, estimatedRows: 10_000 }, 0);
    assert.equal(meter.read(0).rowsPerSecond, null);
    meter.add(1_000, 1_000);
    const { percent, rowsPerSecond } = meter.read(1_000);
    assert.deepEqual({ percent, rowsPerSecond }, { percent: 60, rowsPerSecond: 1_000 });
  });

  it("forgets how fast it once was", () => {
    const meter = new Meter({ walkedRows: 0, estimatedRows: undefined }, 0);
    meter.add(1_000_000, 1_000);
    for (let second = 2; second <= 60; second += 1) meter.add(10, second * 1_000);
    const { rowsPerSecond } = meter.read(60_000);
    assert.equal(rowsPerSecond, 10);
  });

  it("counts a pause as time", () => {
    const meter = new Meter({ walkedRows: 0, estimatedRows: undefined }, 0);
    meter.add(1_000, 1_000);
    assert.equal(meter.read(10_000).rowsPerSecond, 100);
  });

  it("is never done, and has no time left to tell where the estimate was too low", () => {
    const meter = new Meter({ walkedRows: 0, estimatedRows: 100 }, 0);
    meter.add(100, 1_000);
    assert.equal(meter.read(1_000).percent, 99);
    assert.equal(meter.read(1_000).etaMs, null);
    meter.add(100, 2_000);
    assert.equal(describeReading(meter.read(2_000)), "200 rows, 100 rows/s");
  });

  it("tells only sane numbers, whatever the estimate and the batches", () => {
    const batches = fc.array(
      fc.tuple(fc.nat({ max: 100_000 }), fc.double({ min: 0, max: 1e6, noNaN: true })),
    );
    const start = fc.record({
      walkedRows: fc.nat(),
      estimatedRows: fc.option(fc.nat(), { nil: undefined }),
    });
    fc.assert(
      fc.property(start, batches, (given, added) => {
        let now = 0;
        const meter = new Meter(given, now);
        for (const [rows, ms] of added) {
          now += ms;
          meter.add(rows, now);
        }
        const { percent, rowsPerSecond, etaMs } = meter.read(now);
        assert.ok(percent === null || (percent >= 0 && percent <= 99));
        assert.ok(rowsPerSecond === null || (rowsPerSecond >= 0 && Number.isFinite(rowsPerSecond)));
        assert.ok(etaMs === null || (etaMs >= 0 && Number.isFinite(etaMs)));
      }),
    );
  });
});

describe("describeReading", () => {
  it("is one line for people", () => {
    const reading = {
      walkedRows: 12_000,
      estimatedRows: 1_000_000,
      percent: 1,
      rowsPerSecond: 24_000,
      etaMs: 41_200,
    };
    assert.equal(
      describeReading(reading),
      "12,000 of about 1,000,000 rows (1 %), 24,000 rows/s, about 41 s left",
    );
  });
});

describe("describeTime", () => {
  for (const [ms, text] of [
    [20, "0.1 s"],
    [4_321, "4.3 s"],
    [41_200, "41 s"],
    [720_000, "12 min"],
    [12_600_000, "3.5 h"],
  ] as const) {
    it(`${String(ms)} ms is ${text}`, () => {
      assert.equal(describeTime(ms), text);
    });
  }
});
