// Which files are taken back together.
import assert from "node:assert/strict";
import { planSegments } from "../../../../engine/rehearse/roundTrip.ts";
import type { Migration } from "../../../../engine/sources/migration.ts";

const file = (number: string, down: string | undefined) =>
  ({
    number,
    down: down === undefined ? undefined : { path: "", sql: down },
  }) as Partial<Migration> as Migration;

describe("planSegments", () => {
  const segmentsOf = (...downs: readonly (string | undefined)[]) =>
    planSegments(downs.map((down, index) => file(String(index + 1), down))).map(
      ({ files, then }) => [files.map(({ number }) => number).join(), then?.number],
    );

  it("takes all back in one go where each has a way back", () => {
    assert.deepEqual(segmentsOf("DROP a", "DROP b"), [["1,2", undefined]]);
  });

  it("splits at a file without one, be it missing or only comments", () => {
    assert.deepEqual(segmentsOf("DROP a", "-- none", "DROP c", undefined), [
      ["1", "2"],
      ["3", "4"],
    ]);
    assert.deepEqual(segmentsOf("/* no */"), [["", "1"]]);
    assert.deepEqual(segmentsOf(), []);
  });
});
