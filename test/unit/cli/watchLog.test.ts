// A watch's lines where there is no terminal: what begins, changes and ends, nothing twice.
import assert from "node:assert/strict";
import { WatchLog } from "../../../cli/watchLog.ts";
import type { Look, ServerWork } from "../../../engine/watch/look.ts";
import { lookAt, seen, waiting } from "../engine/watch/seen.ts";

const build: ServerWork = {
  pid: 1,
  what: "index",
  command: "CREATE INDEX",
  relation: "public.t",
  index: "i",
  phase: "building",
  done: 11,
  total: 100,
  unit: "blocks",
  behindPid: null,
};

describe("WatchLog", () => {
  let log: WatchLog;
  const up = (look: Look) => log.next({ at: new Date(0), state: "up", look });
  beforeEach(() => {
    log = new WatchLog(5);
    up(lookAt([]));
  });

  it("tells of a session, a wait and their ends, once each", () => {
    const look = lookAt([seen(1), waiting(2, [1])]);
    assert.deepEqual(up(look), [
      "pid 2 (app, a2) waits for ShareLock on public.things, held up by pid 1 (app, a1)",
      "session pid 1 (app, a1)",
      "session pid 2 (app, a2)",
    ]);
    assert.deepEqual(up(look), []);
    assert.deepEqual(up(lookAt([seen(1)])), [
      "over: pid 2 (app, a2) waits for ShareLock on public.things, held up by pid 1 (app, a1)",
      "over: session pid 2 (app, a2)",
    ]);
  });

  it("says nothing of clocks that run on", () => {
    up(lookAt([seen(1, { stateForS: 1, transactionForS: 6 })]));
    assert.deepEqual(up(lookAt([seen(1, { stateForS: 9, transactionForS: 15 })])), []);
  });

  it("tells a transaction once it is long", () => {
    up(lookAt([seen(1, { transactionForS: 4 })]));
    assert.deepEqual(up(lookAt([seen(1, { transactionForS: 5 })])), [
      "open for long: pid 1 (app, a1)",
    ]);
  });

  it("tells progress by tens of percent", () => {
    const at = (done: number) => up(lookAt([], { work: [{ ...build, done }] }));
    assert.deepEqual(at(11), ["pid 1 CREATE INDEX public.t i: building, 10 %"]);
    assert.deepEqual(at(19), []);
    assert.deepEqual(at(25), ["pid 1 CREATE INDEX public.t i: building, 20 %"]);
  });

  it("says once that the server is away, and that it is back", () => {
    const away = { at: new Date(0), state: "away", why: "it restarts" } as const;
    assert.deepEqual(log.next(away), ["server away: it restarts"]);
    assert.deepEqual(log.next(away), []);
    assert.deepEqual(up(lookAt([])), ["server back"]);
  });
});
