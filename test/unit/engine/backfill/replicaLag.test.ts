// How late a standby replays, by the clock of whoever looks.
import assert from "node:assert/strict";
import { LagClock } from "../../../../engine/backfill/replicaLag.ts";

describe("LagClock", () => {
  it("counts from when the first byte was there that is not replayed", () => {
    const clock = new LagClock();
    clock.note(100n, 0);
    clock.note(200n, 1_000);
    clock.note(300n, 2_000);
    assert.equal(clock.lagMs(100n, 2_500), 1_500);
    assert.equal(clock.lagMs(250n, 2_500), 500);
    assert.equal(clock.lagMs(300n, 2_500), 0);
  });

  it("goes on counting while nothing new is written", () => {
    const clock = new LagClock();
    clock.note(100n, 0);
    clock.note(100n, 60_000);
    assert.equal(clock.lagMs(50n, 60_000), 60_000);
  });

  it("knows no lag before its first look", () => {
    assert.equal(new LagClock().lagMs(0n, 1_000), 0);
  });

  it("keeps the beginning of a lag of hours, whatever it forgets in between", () => {
    const clock = new LagClock();
    for (let second = 0; second < 20_000; second += 1)
      clock.note(BigInt(second + 1), second * 1_000);
    assert.equal(clock.lagMs(0n, 20_000_000), 20_000_000);
    clock.forget(19_000n);
    assert.ok(clock.lagMs(19_000n, 20_000_000) <= 1_001_000);
  });
});
