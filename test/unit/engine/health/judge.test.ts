// The verdict of one check.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isAtLimit,
  judgeCheck,
  type HealthSeen,
  type RequestsSeen,
} from "../../../../engine/health/judge.ts";

const WELL: HealthSeen = { kind: "answered", status: 200, release: "1.1-aaaa" };
const CALM: RequestsSeen = { total: 1000, failed: 0 };
const SETTINGS = { errorRateLimit: 0.05, minRequests: 20 };

function judge(health: HealthSeen, requests: RequestsSeen, settings = SETTINGS) {
  return judgeCheck({ health: [{ health }], requests, expected: "1.1-aaaa" }, settings);
}

describe("judgeCheck", () => {
  it("passes a healthy app below the limit", () => {
    assert.deepEqual(judge(WELL, { total: 1004, failed: 12 }), {
      verdict: "pass",
      code: "ok",
      reason: "1.2 % errors (12 of 1,004 requests)",
    });
  });

  it("fails at exactly 5.0 %", () => {
    const { verdict, code, reason } = judge(WELL, { total: 1000, failed: 50 });
    assert.deepEqual([verdict, code], ["fail", "error-rate"]);
    assert.equal(reason, "5.0 % errors (50 of 1,000 requests)");
  });

  it("passes at 4.99 %, and does not print it as 5.0 %", () => {
    const { verdict, reason } = judge(WELL, { total: 10_000, failed: 499 });
    assert.equal(verdict, "pass");
    assert.equal(reason, "4.99 % errors (499 of 10,000 requests)");
  });

  it("has no data with too few requests, even if all of them failed", () => {
    assert.deepEqual(judge(WELL, { total: 19, failed: 19 }), {
      verdict: "no-data",
      code: "few-requests",
      reason: "19 requests, at least 20 are needed",
    });
    assert.equal(judge(WELL, { total: 20, failed: 0 }).verdict, "pass");
  });

  it("has no data when the counters are not numbers or not there", () => {
    assert.equal(judge(WELL, { total: Number.NaN, failed: 0 }).code, "no-metrics");
    assert.equal(judge(WELL, { total: 100, failed: Number.NaN }).code, "no-metrics");
    const gone = judge(WELL, { problem: "the metrics could not be read: connection refused" });
    assert.deepEqual([gone.verdict, gone.code], ["no-data", "no-metrics"]);
  });

  it("fails an app that is down, whatever its counters say", () => {
    const down = judge({ kind: "down", detail: "connection refused" }, CALM);
    assert.deepEqual([down.verdict, down.code], ["fail", "app-down"]);
    const sick = judge({ ...WELL, status: 503 }, CALM);
    assert.deepEqual([sick.verdict, sick.code], ["fail", "app-down"]);
    assert.match(sick.reason, /503/);
  });

  it("has no data when the gate itself could not ask", () => {
    const { verdict } = judge({ kind: "unknown", detail: "getaddrinfo EAI_AGAIN app" }, CALM);
    assert.equal(verdict, "no-data");
  });

  it("fails another release, and has no data when the app does not say which it is", () => {
    const wrong = judge({ ...WELL, release: "1.0-bbbb" }, CALM);
    assert.deepEqual([wrong.verdict, wrong.code], ["fail", "wrong-release"]);
    assert.equal(wrong.reason, "release 1.0-bbbb answers, expected 1.1-aaaa");
    assert.equal(judge({ ...WELL, release: null }, CALM).code, "release-unknown");
  });

  it("goes by the worst of several instances and names it", () => {
    const health = [
      { instance: "pod a", health: WELL },
      { instance: "pod b", health: { kind: "unknown", detail: "no route to host" } as const },
      { instance: "pod c", health: { kind: "down", detail: "connection refused" } as const },
    ];
    const all = judgeCheck({ health, requests: CALM, expected: "1.1-aaaa" }, SETTINGS);
    assert.deepEqual([all.verdict, all.code], ["fail", "app-down"]);
    assert.equal(all.reason, "pod c: the app does not answer: connection refused");
    const two = judgeCheck(
      { health: health.slice(0, 2), requests: CALM, expected: "1.1-aaaa" },
      SETTINGS,
    );
    assert.deepEqual([two.verdict, two.code], ["no-data", "health-unknown"]);
  });

  it("judges whatever runs when no release is expected", () => {
    const health = [{ health: { ...WELL, release: null } }];
    const seen = { health, requests: CALM, expected: null };
    assert.equal(judgeCheck(seen, SETTINGS).verdict, "pass");
  });
});

describe("isAtLimit", () => {
  it("is exact for every whole and tenth percent, on the limit and one request below", () => {
    const tenths = fc.integer({ min: 1, max: 1000 });
    fc.assert(
      fc.property(tenths, fc.integer({ min: 1, max: 100_000 }), (tenth, thousands) => {
        const total = thousands * 1000;
        const failed = tenth * thousands;
        assert.equal(isAtLimit(failed, total, tenth / 1000), true);
        assert.equal(isAtLimit(failed - 1, total, tenth / 1000), false);
      }),
    );
  });
});
