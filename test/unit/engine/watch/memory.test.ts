// What a watch knows from earlier looks: ages, speeds, a heartbeat that stands still.
import assert from "node:assert/strict";
import { WatchMemory } from "../../../../engine/watch/memory.ts";

describe("WatchMemory", () => {
  let now = 0;
  let memory: WatchMemory;
  beforeEach(() => {
    now = 0;
    memory = new WatchMemory(() => now);
  });

  it("counts a transaction from when it was first seen, and forgets it once it is gone", () => {
    assert.deepEqual([...memory.transactionsForS(["3/1"])], [["3/1", 0]]);
    now = 7_900;
    assert.deepEqual(
      [...memory.transactionsForS(["3/1", "4/1"])],
      [
        ["3/1", 7],
        ["4/1", 0],
      ],
    );
    memory.transactionsForS([]);
    assert.deepEqual([...memory.transactionsForS(["3/1"])], [["3/1", 0]]);
  });

  it("tells a heartbeat that stands still by its own clock", () => {
    const row = { token: "5", holder: "h", doing: "d", since: new Date(0), beat: "1" };
    assert.equal(memory.lease(row)?.silentForS, 0);
    now = 9_000;
    assert.equal(memory.lease(row)?.silentForS, 9);
    assert.equal(memory.lease({ ...row, beat: "2" })?.silentForS, 0);
    assert.equal(memory.lease({ ...row, token: "6", beat: "2" })?.silentForS, 0);
    assert.equal(memory.lease(null), null);
  });

  it("tells a backfill's speed since the first look, anew where it began anew", () => {
    const look = (rows: number) =>
      memory.backfill({ file: "02_fill", statementsDone: 0, backfill: { rows, position: null } });
    assert.equal(look(1_000)?.rowsPerS, null);
    now = 2_000;
    assert.equal(look(3_000)?.rowsPerS, 1_000);
    now = 3_000;
    assert.equal(look(0)?.rowsPerS, null);
    now = 4_000;
    assert.equal(look(50)?.rowsPerS, 50);
  });
});
