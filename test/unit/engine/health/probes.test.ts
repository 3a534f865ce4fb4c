// The gate's own requests: their rate, their bounds and their count.
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { HttpResult } from "../../../../engine/health/httpGet.ts";
import { startProbes } from "../../../../engine/health/probes.ts";

const ANSWER = (status: number): HttpResult => ({ ok: true, status, headers: {}, body: "" });

/** Probes whose clock and answers the test controls. */
function probing(answers: readonly (HttpResult | Promise<HttpResult>)[]) {
  const asked: string[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  let tick: () => void = () => undefined;
  let everyMs = 0;
  let isTicking = true;
  const probes = startProbes({
    paths: ["/a", "/b"],
    perSecond: 4,
    timeoutMs: 1000,
    get: (path, { signal }) => {
      const answer = answers[asked.length] ?? ANSWER(200);
      asked.push(path);
      signals.push(signal);
      return Promise.resolve(answer);
    },
    every: (ms, run) => {
      everyMs = ms;
      tick = run;
      return () => {
        isTicking = false;
      };
    },
  });
  return {
    probes,
    asked,
    signals,
    tick: () => {
      tick();
    },
    state: () => ({ everyMs, isTicking }),
  };
}

describe("startProbes", () => {
  it("asks for the paths in turn, at its rate", () => {
    const { asked, tick, state } = probing([]);
    for (let i = 0; i < 3; i++) tick();
    assert.deepEqual(asked, ["/a", "/b", "/a"]);
    assert.equal(state().everyMs, 250);
  });

  it("counts answers by class, and only the app's own failures", async () => {
    const { probes, tick } = probing([
      ANSWER(200),
      ANSWER(404),
      ANSWER(500),
      { ok: false, down: true, detail: "connection refused" },
      { ok: false, down: false, detail: "getaddrinfo EAI_AGAIN" },
    ]);
    for (let i = 0; i < 5; i++) tick();
    await setImmediate();
    const { timesMs = [], ...counts } = probes.take();
    assert.deepEqual(counts, { good: 2, failed: 1, unanswered: 1 });
    assert.equal(timesMs.length, 3, "of those that were answered");
    assert.deepEqual(probes.take(), { good: 0, failed: 0, unanswered: 0 });
  });

  it("sends no more than 32 that wait at the same time", async () => {
    let answer: (result: HttpResult) => void = () => undefined;
    const pending = new Promise<HttpResult>((resolve) => (answer = resolve));
    const { asked, tick } = probing(Array.from({ length: 50 }, () => pending));
    for (let i = 0; i < 50; i++) tick();
    assert.equal(asked.length, 32);
    answer(ANSWER(200));
    await setImmediate();
    tick();
    assert.equal(asked.length, 33);
  });

  it("stops its clock, gives up what is in flight and counts nothing more", async () => {
    let answer: (result: HttpResult) => void = () => undefined;
    const { probes, tick, signals, state } = probing([
      new Promise<HttpResult>((resolve) => (answer = resolve)),
    ]);
    tick();
    probes.stop();
    answer({ ok: false, down: true, detail: "aborted" });
    await setImmediate();
    assert.equal(state().isTicking, false);
    assert.equal(signals[0]?.aborted, true);
    assert.deepEqual(probes.take(), { good: 0, failed: 0, unanswered: 0 });
  });
});
