// A watch's screen: which parts it has, in which order, and who is marked.
import assert from "node:assert/strict";
import { viewLines } from "../../../cli/watchView.ts";
import type { Look } from "../../../engine/watch/look.ts";
import { lookAt, seen, waiting } from "../engine/watch/seen.ts";

const text = (look: Look) => viewLines(look, 5).map((line) => line.text);

describe("viewLines", () => {
  it("says little where nothing happens", () => {
    assert.deepEqual(text(lookAt([])), ["no ledger yet: nothing was applied here by lockstep"]);
  });

  it("shows lease, files, waits, long transactions and sessions, the most pressing first", () => {
    const mark = { what: "runner", release: "1.1", step: "expand: 03_a" } as const;
    const lease = {
      holder: "ada@h, process 7",
      doing: "expand: 03_a",
      since: new Date(0),
      silentForS: 9,
    };
    const backfill = { rows: 2_000, rowsPerS: 500, position: ["20", "x"] };
    const look = lookAt(
      [seen(1, { mark, transactionForS: 130 }), { ...waiting(2, [1]), query: "SELECT ?" }],
      {
        ledger: {
          state: "read",
          lease,
          release: "1.1",
          files: [
            { file: "03_a", statementsDone: 1, backfill: null },
            { file: "04_b", statementsDone: null, backfill },
          ],
        },
      },
    );
    assert.deepEqual(text(look), [
      "lease    ada@h, process 7 since 1970-01-01T00:00:00Z: expand: 03_a; its heartbeat has stood still for 9 s",
      "release  1.1 is under way",
      "",
      "under way",
      "  03_a: 1 statement done",
      "  04_b: 2,000 rows, 500 rows/s, up to 20, x",
      "",
      "waiting for locks",
      "  pid 1 (app, a1), runs expand: 03_a, release 1.1, idle for 1 s",
      "  └─ pid 2 (app, a2), waits 1 s for ShareLock on public.things: SELECT ?",
      "",
      "open for 5 s or longer",
      "  2 min  pid 1 (app, a1), runs expand: 03_a, release 1.1, idle for 1 s",
      "",
      "sessions (2)",
      "  1  app  a1  idle for 1 s      runs expand: 03_a, release 1.1",
      "  2  app  a2  active for 1 s                                    SELECT ?",
    ]);
  });

  it("says how many sessions are hidden, and what would show them", () => {
    const hidden = seen(1, { state: null, kind: null, stateForS: null });
    assert.match(
      text(lookAt([hidden])).at(-1) ?? "",
      /of 1 session of other roles are hidden: GRANT/,
    );
    assert.ok(text(lookAt([hidden])).some((line) => line.includes("state hidden")));
  });
});
