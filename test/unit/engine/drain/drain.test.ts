// The wait for older releases to be gone, with looks that a test makes up.
import assert from "node:assert/strict";
import { waitUntilDrained, type DrainOptions } from "../../../../engine/drain/drain.ts";
import { silent, type Report } from "../../../../engine/events.ts";
import { failureOf } from "../../../support/failureOf.ts";

const NONE: readonly string[] = [];

describe("waitUntilDrained", () => {
  const options = (rest: Partial<DrainOptions> = {}): DrainOptions => ({
    quietMs: 1,
    timeoutMs: 60_000,
    pollMs: 1,
    report: silent,
    signal: new AbortController().signal,
    ...rest,
  });
  /** Looks that show `answers` in turn, then nothing, and count. */
  function looks(answers: readonly (readonly string[])[]) {
    const counted = { times: 0 };
    const sessions = () => Promise.resolve(answers[counted.times++] ?? NONE);
    return { counted, look: { processes: () => Promise.resolve(NONE), sessions } };
  }

  it("waits until nothing is left, and says who is", async () => {
    const said: string[] = [];
    const report: Report = (level, message) => said.push(`${level}: ${message}`);
    const { look } = looks([["pid 1", "pid 2"], ["pid 2"]]);
    await waitUntilDrained(look, options({ report }));
    assert.deepEqual(said, [
      "progress: draining: 2 left; pid 1",
      "progress: draining: 1 left; pid 2",
    ]);
  });

  it("looks at processes and sessions alike", async () => {
    const looked: string[] = [];
    const see = (what: string) => () => {
      looked.push(what);
      return Promise.resolve(looked.length < 3 ? [what] : NONE);
    };
    await waitUntilDrained({ processes: see("process"), sessions: see("session") }, options());
    assert.deepEqual(looked.slice(0, 4), ["process", "session", "process", "session"]);
  });

  it("starts the quiet time anew when somebody comes back", async () => {
    const seenAtMs: number[] = [];
    const quietMs = 40;
    let times = 0;
    const sessions = () => {
      times += 1;
      // Quiet at first, then back.
      if (times !== 3) return Promise.resolve(NONE);
      seenAtMs.push(performance.now());
      return Promise.resolve(["pid 9"]);
    };
    await waitUntilDrained(
      { processes: () => Promise.resolve(NONE), sessions },
      options({ quietMs }),
    );
    const [seenMs = Infinity] = seenAtMs;
    assert.ok(performance.now() - seenMs >= quietMs);
  });

  it("is content with one quiet look where no quiet time is asked", async () => {
    const { look, counted } = looks([]);
    await waitUntilDrained(look, options({ quietMs: 0 }));
    assert.equal(counted.times, 1);
  });

  it("is refused after its time with who is still there, ten at most", async () => {
    const many = Array.from({ length: 12 }, (_, index) => `pid ${String(index + 1)}`);
    const look = {
      processes: () => Promise.resolve(["process 7"]),
      sessions: () => Promise.resolve(many),
    };
    const failure = await failureOf(waitUntilDrained(look, options({ timeoutMs: 0 })));
    assert.equal(failure.code, "DRAIN_TIMEOUT");
    const lines = (failure.seen ?? "").split("\n");
    assert.equal(lines[0], "after 0 s:");
    assert.deepEqual(lines.slice(1, 3), ["process 7", "pid 1"]);
    assert.equal(lines.length, 12);
    assert.equal(lines.at(-1), "and 3 more");
    assert.match(failure.next ?? "", /lockstep:drain\.allowed/);
  });

  it("lets a quiet time end that began within its time", async () => {
    const { look } = looks([]);
    await waitUntilDrained(look, options({ timeoutMs: 0, quietMs: 5 }));
  });

  it("ends at once when it is aborted", async () => {
    const abort = new AbortController();
    const sessions = () => {
      abort.abort();
      return Promise.resolve(["pid 1"]);
    };
    const look = { processes: () => Promise.resolve(NONE), sessions };
    const waiting = waitUntilDrained(
      look,
      options({ pollMs: 60_000, quietMs: 60_000, signal: abort.signal }),
    );
    assert.equal((await failureOf(waiting)).code, "INTERRUPTED");
  });

  it("passes on what a look fails with", async () => {
    const look = {
      processes: () => Promise.resolve(NONE),
      sessions: () => Promise.reject(new Error("gone")),
    };
    await assert.rejects(waitUntilDrained(look, options()), /gone/);
  });
});
