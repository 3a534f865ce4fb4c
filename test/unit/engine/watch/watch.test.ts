// The loop: looks, a server that goes away and comes back, and how it ends.
import assert from "node:assert/strict";
import { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import type { Look } from "../../../../engine/watch/look.ts";
import { watch, type Tick, type WatchSource } from "../../../../engine/watch/watch.ts";
import { lookAt } from "./seen.ts";

/** A source whose connections and looks go as the script says: an error's message, or `ok`. */
function scripted(script: readonly string[]) {
  const left = [...script];
  const state = { connected: 0, closed: 0 };
  const next = () => {
    const word = left.shift();
    if (word !== "ok") throw new Error(word);
  };
  const source: WatchSource = {
    connect: () =>
      Promise.resolve().then(() => {
        next();
        state.connected += 1;
        return {
          look: () => Promise.resolve().then(() => (next(), lookAt([]))),
          close: () => {
            state.closed += 1;
          },
        };
      }),
    judge: (error) => (error as Error).message as "away" | "slow" | "fatal",
  };
  return { source, state };
}

const options = { intervalMs: 0, limitMs: 60_000, signal: new AbortController().signal };

async function take(ticks: AsyncGenerator<Tick>, count: number): Promise<readonly Tick["state"][]> {
  const states: Tick["state"][] = [];
  for await (const { state } of ticks) {
    states.push(state);
    if (states.length === count) break;
  }
  return states;
}

describe("watch", () => {
  it("connects once and looks on", async () => {
    const { source, state } = scripted(["ok", "ok", "ok"]);
    assert.deepEqual(await take(watch(source, options), 2), ["up", "up"]);
    assert.deepEqual(state, { connected: 1, closed: 1 });
  });

  it("throws what the first connection failed of", async () => {
    await assert.rejects(take(watch(scripted(["away"]).source, options), 1), /away/);
  });

  it("connects again as long as the server is away", async () => {
    const { source, state } = scripted(["ok", "ok", "away", "away", "ok", "ok"]);
    assert.deepEqual(await take(watch(source, options), 4), ["up", "away", "away", "up"]);
    assert.deepEqual(state, { connected: 2, closed: 2 });
  });

  it("keeps its connection where only a look was too slow", async () => {
    const { source, state } = scripted(["ok", "slow", "ok"]);
    assert.deepEqual(await take(watch(source, options), 2), ["slow", "up"]);
    assert.equal(state.connected, 1);
  });

  it("ends with what waiting cannot mend", async () => {
    const { source, state } = scripted(["ok", "ok", "away", "fatal"]);
    await assert.rejects(take(watch(source, options), 9), /fatal/);
    assert.deepEqual(state, { connected: 1, closed: 1 });
  });

  it("gives up a connection from which nothing comes, and ends at once while it waits for a look", async () => {
    let closed = 0;
    const never: WatchSource = {
      connect: () =>
        Promise.resolve({
          look: () => new Promise<Look>(() => undefined),
          close: () => (closed += 1),
        }),
      judge: () => "fatal",
    };
    const late = watch(never, { ...options, limitMs: 1 });
    assert.deepEqual(await take(late, 1), ["away"]);
    assert.equal(closed, 1);
    const ending = new AbortController();
    const ticks = watch(never, { ...options, signal: ending.signal }).next();
    ending.abort(new LockstepError("INTERRUPTED", "ended"));
    assert.equal((await ticks).done, true);
    assert.equal(closed, 2);
  });
});
