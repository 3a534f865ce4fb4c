// The size of batches: it finds the target and stays there, and is a possible size whatever happens.
import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchPace, MOST_ROWS } from "../../../../engine/backfill/pace.ts";

const options = fc.record({
  targetMs: fc.integer({ min: 1, max: 60_000 }),
  firstRows: fc.integer({ min: 1, max: 1_000_000 }),
});

describe("BatchPace", () => {
  it("begins as told, halves after a batch that was too long, and after one that met a lock", () => {
    const pace = new BatchPace({ targetMs: 200, firstRows: 1_000 });
    assert.equal(pace.rows, 1_000);
    pace.took({ rows: 1_000, ms: 201 });
    assert.equal(pace.rows, 500);
    pace.missed();
    assert.equal(pace.rows, 250);
  });

  it("grows by half at most, and not beyond what the target allows", () => {
    const pace = new BatchPace({ targetMs: 200, firstRows: 1_000 });
    pace.took({ rows: 1_000, ms: 10 });
    assert.equal(pace.rows, 1_500);
    pace.took({ rows: 1_500, ms: 140 });
    assert.equal(pace.rows, Math.floor((1_500 * 180) / 140));
  });

  it("stays as it is where a batch takes what it should, and after the few rows of a table's end", () => {
    const pace = new BatchPace({ targetMs: 200, firstRows: 1_000 });
    pace.took({ rows: 1_000, ms: 170 });
    pace.took({ rows: 999, ms: 1 });
    assert.equal(pace.rows, 1_000);
  });

  it("gets from one row to more again", () => {
    const pace = new BatchPace({ targetMs: 200, firstRows: 1 });
    pace.took({ rows: 1, ms: 1 });
    assert.equal(pace.rows, 2);
  });

  it("limits a statement to many times its target, and a single row not at all", () => {
    assert.equal(new BatchPace({ targetMs: 200, firstRows: 10 }).limitMs, 4_000);
    assert.equal(new BatchPace({ targetMs: 10, firstRows: 10 }).limitMs, 2_000);
    assert.equal(new BatchPace({ targetMs: 200, firstRows: 1 }).limitMs, 0);
  });

  it("is a whole number of rows from 1 to its bound, whatever batches take", () => {
    const event = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(options, fc.array(event, { maxLength: 200 }), (given, events) => {
        const pace = new BatchPace(given);
        for (const ms of events) {
          if (ms === undefined) pace.missed();
          else pace.took({ rows: pace.rows, ms });
          assert.ok(Number.isInteger(pace.rows), String(pace.rows));
          assert.ok(pace.rows >= 1 && pace.rows <= Math.max(MOST_ROWS, given.firstRows));
        }
      }),
    );
  });

  it("finds a size within the target and stays there, on a server of any speed", () => {
    const server = fc.record({
      // What a batch costs beside its rows, as a share of the target; more leaves no size that fits.
      fixedShare: fc.double({ min: 0, max: 0.4, noNaN: true }),
      rowMs: fc.double({ min: 1e-4, max: 50, noNaN: true }),
    });
    fc.assert(
      fc.property(options, server, (given, { fixedShare, rowMs }) => {
        const cost = (rows: number) => given.targetMs * fixedShare + rows * rowMs;
        const pace = new BatchPace(given);
        const step = () => {
          const { rows } = pace;
          pace.took({ rows, ms: cost(rows) });
          return rows;
        };
        for (let batch = 0; batch < 120; batch += 1) step();
        const settled = step();
        for (let batch = 0; batch < 20; batch += 1) assert.ok(isAbout(step(), settled));
        // Within the target, or as small as a batch can be.
        assert.ok(cost(settled) <= given.targetMs || cost(1) > given.targetMs * 0.5);
        // Not needlessly small.
        const isLarge = settled >= MOST_ROWS || cost(settled) >= given.targetMs * 0.5;
        assert.ok(isLarge || cost(settled + 2) > given.targetMs * 0.7, `${settled} rows`);
      }),
    );
  });
});

/** One row and two rows may take turns where a single one is half of the target. */
function isAbout(rows: number, settled: number): boolean {
  return Math.abs(rows - settled) <= Math.max(2, settled * 0.02);
}
