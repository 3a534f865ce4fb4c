// The gate with a real app and real probes; the test says when the next check is due.
import assert from "node:assert/strict";
import { silent } from "../../../../engine/events.ts";
import { checkHealthOnce } from "../../../../engine/health/checkOnce.ts";
import { watchGate, type CheckResult, type GateWatch } from "../../../../engine/health/gate.ts";
import { DEFAULT_GATE_SETTINGS, type GateSettings } from "../../../../engine/health/settings.ts";
import { urlSource } from "../../../../engine/health/source.ts";
import { FakeApp } from "./fakeApp.ts";

const SETTINGS: GateSettings = {
  ...DEFAULT_GATE_SETTINGS,
  intervalMs: 5000,
  watchMs: 20_000,
  minRequests: 5,
};

describe("the health gate", () => {
  let app: FakeApp;
  let checks: CheckResult[];
  beforeEach(async () => {
    app = await FakeApp.start();
    checks = [];
  });
  afterEach(() => app.stop());

  /** Watches the app; `before` sets it up for the check that comes after the ones so far. */
  function watch(before: (made: number) => void | Promise<void>, over: Partial<GateWatch> = {}) {
    return watchGate({
      release: { id: "1.1-aaaa", label: "1.1" },
      source: urlSource({ healthUrl: `${app.url}/health`, metricsUrl: `${app.url}/metrics` }),
      settings: SETTINGS,
      releaseGraceMs: 0,
      report: silent,
      onCheck: (check) => void checks.push(check),
      ...over,
      ports: { sleep: async () => before(checks.length) },
    });
  }

  it("passes an app that serves its traffic", async () => {
    const outcome = await watch(() => {
      app.count(200, 100);
      app.count(500, 1);
    });
    assert.equal(outcome.verdict, "pass");
    assert.deepEqual(
      checks.map(({ total, failed, source }) => [total, failed, source]),
      Array.from({ length: 4 }, () => [101, 1, "metrics"]),
    );
  });

  it("fails an app with 5 % errors", async () => {
    const outcome = await watch(() => {
      app.count(200, 95);
      app.count(500, 5);
    });
    assert.equal(outcome.verdict, "fail");
    assert.equal(checks.length, 3);
    assert.equal(outcome.errorRate, 0.05);
  });

  it("fails an app that dies during the watch", async () => {
    const outcome = await watch(async (made) => {
      app.count(200, 100);
      if (made === 1) await app.stop();
    });
    assert.equal(outcome.verdict, "fail");
    assert.deepEqual(
      checks.map(({ code }) => code),
      ["ok", "app-down", "app-down", "app-down"],
    );
  });

  it("fails an app whose health turns bad while its counters look well", async () => {
    app.healthStatus = 500;
    const outcome = await watch(() => {
      app.count(200, 100);
    });
    assert.equal(outcome.verdict, "fail");
  });

  it("holds an app whose metrics are gone", async () => {
    app.hasMetrics = false;
    const outcome = await watch(() => undefined);
    assert.equal(outcome.verdict, "held");
    assert.equal(outcome.reason.includes("404"), true);
  });

  it("makes its own traffic and goes by the app's count of it", async () => {
    const probing = { ...SETTINGS, probesPerSecond: 100, probePaths: ["/customers"] };
    const outcome = await watch(() => countsMore(app, 200, 5), {
      settings: probing,
    });
    assert.equal(outcome.verdict, "pass");
    assert.equal(checks.at(-1)?.source, "metrics");
  });

  it("finds with its own probes what an app without metrics answers", async () => {
    app.hasMetrics = false;
    app.status = 500;
    const probing = { ...SETTINGS, probesPerSecond: 100, probePaths: ["/customers"] };
    const outcome = await watch(() => countsMore(app, 500, 8), {
      settings: probing,
    });
    assert.equal(outcome.verdict, "fail");
    assert.equal(outcome.errorRate, 1);
    assert.equal(checks.at(-1)?.source, "probes");
  });

  it("is interrupted while an app hangs", async () => {
    app.hangs = true;
    const interrupt = new AbortController();
    const asked = app.seen(() => true);
    const watching = watch(() => undefined, { signal: interrupt.signal });
    await asked;
    interrupt.abort();
    await assert.rejects(watching, { code: "INTERRUPTED" });
    assert.equal(checks.length, 0);
  });

  it("checks once, outside of a release", async () => {
    const question = {
      healthUrl: `${app.url}/health`,
      metricsUrl: `${app.url}/metrics`,
      sleep: () => {
        app.count(200, 97);
        app.count(503, 3);
        return Promise.resolve();
      },
    };
    const { verdict, errorRate, reason } = await checkHealthOnce(question);
    assert.deepEqual([verdict, errorRate], ["pass", 0.03]);
    assert.equal(reason, "3.0 % errors (3 of 100 requests)");
    const wrong = await checkHealthOnce({ ...question, release: "1.2-cccc" });
    assert.equal(wrong.code, "wrong-release");
    await assert.rejects(checkHealthOnce({ ...question, signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
  });
});

/** Resolves when the app has counted this many more answers with `status`. */
function countsMore(app: FakeApp, status: number, requests: number): Promise<void> {
  const counted = () => app.counted.get(status) ?? 0;
  const wanted = counted() + requests;
  return app.seen(() => counted() >= wanted);
}
