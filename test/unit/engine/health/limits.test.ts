// What a check is held to beside its error rate.
import assert from "node:assert/strict";
import { judgeCheck, type Seen } from "../../../../engine/health/judge.ts";
import { limitFaults, type GateLimits } from "../../../../engine/health/limits.ts";
import type { VitalsSeen } from "../../../../engine/health/vitals.ts";

const MIB = 1_048_576;
const LATENCY = { p50Ms: 20, p95Ms: 250, p99Ms: 900 };
const VITALS: VitalsSeen = {
  usage: { cpuCores: 0.5, memoryBytes: 300 * MIB },
  database: { connections: 90, maxConnections: 100, errors: 2 },
};

function judge(limits: GateLimits, over: Partial<Seen> = {}) {
  const health = [{ health: { kind: "answered", status: 200, release: "r" } as const }];
  const requests = { total: 100, failed: 1 };
  const seen = { health, requests, expected: "r", latency: LATENCY, vitals: VITALS, ...over };
  return judgeCheck(seen, { errorRateLimit: 0.05, minRequests: 20, limits });
}

describe("a check's limits", () => {
  const cases: readonly (readonly [GateLimits, string, RegExp])[] = [
    [{}, "ok", /^1\.0 % errors/],
    [{ p50Ms: 21, p95Ms: 251, p99Ms: 901 }, "ok", /^1\.0 % errors/],
    [{ p50Ms: 20 }, "slow", /^p50 is 20 ms, the limit is 20 ms$/],
    [{ p50Ms: 21, p95Ms: 200 }, "slow", /^p95 is 250 ms, the limit is 200 ms$/],
    [{ p99Ms: 900 }, "slow", /^p99/],
    [{ cpuCores: 0.51, memoryBytes: 301 * MIB }, "ok", /./],
    [{ cpuCores: 0.5 }, "usage", /^the app takes 0\.50 cores, 300 MiB, the limit is 0\.50 cores$/],
    [{ cpuCores: 1, memoryBytes: 256 * MIB }, "usage", /the limit is 256 MiB$/],
    [{ connections: 0.91, databaseErrors: 3 }, "ok", /./],
    [{ connections: 0.9 }, "database", /^the database has 90 of 100 connections.*90 % of them$/],
    [{ databaseErrors: 2 }, "database", /2 database errors, the limit is 2 errors$/],
  ];
  for (const [limits, code, reason] of cases) {
    it(`${JSON.stringify(limits)} finds ${code}`, () => {
      const judged = judge(limits);
      assert.deepEqual([judged.code, judged.verdict], [code, code === "ok" ? "pass" : "fail"]);
      assert.match(judged.reason, reason);
    });
  }

  it("name the instance that is over, each with its own figure", () => {
    const instances = { cpuInstance: "pod a", memoryInstance: "pod b" };
    const usage = { ...instances, cpuCores: 2, memoryBytes: 96 * MIB };
    const reason = (limits: GateLimits) => judge(limits, { vitals: { ...VITALS, usage } }).reason;
    assert.equal(
      reason({ cpuCores: 3, memoryBytes: 64 * MIB }),
      "pod b takes 96 MiB, the limit is 64 MiB",
    );
    assert.equal(
      reason({ cpuCores: 1, memoryBytes: 64 * MIB }),
      "pod a takes 2.00 cores, pod b takes 96 MiB, the limit is 1.00 cores, 64 MiB",
    );
  });

  it("are no-data where what they limit is not to be seen", () => {
    const none = { p50Ms: null, p95Ms: null, p99Ms: null };
    const blind: VitalsSeen = { usage: "only Linux has /proc", database: "it is away" };
    const unseen: readonly (readonly [GateLimits, string])[] = [
      [{ p95Ms: 1 }, "no-latency"],
      [{ memoryBytes: 1 }, "usage-unseen"],
      [{ connections: 1 }, "database-unseen"],
      [{}, "ok"],
    ];
    for (const [limits, code] of unseen) {
      assert.equal(judge(limits, { latency: none, vitals: blind }).code, code);
    }
    const half = { ...VITALS, usage: { cpuCores: null, memoryBytes: 5 } };
    assert.equal(judge({ cpuCores: 1, memoryBytes: 6 }, { vitals: half }).code, "usage-unseen");
    assert.equal(judge({ cpuCores: 1, memoryBytes: 5 }, { vitals: half }).code, "usage");
  });

  it("fail before no-data counts, and do not ask few requests for a quantile", () => {
    const few = { requests: { total: 3, failed: 0 } };
    assert.equal(judge({ p50Ms: 1 }, few).code, "few-requests");
    assert.equal(judge({ p50Ms: 1, memoryBytes: 1 }, few).code, "usage");
    const errors = { requests: { total: 100, failed: 50 } };
    assert.equal(judge({ p50Ms: 1, memoryBytes: 1 }, errors).code, "error-rate");
  });

  it("are refused where nothing can keep them", () => {
    assert.deepEqual(limitFaults({ p95Ms: 0, connections: 2 }), [
      "limits.p95Ms is 0, expected more than 0",
      "limits.connections is 2, expected a share up to 1",
    ]);
  });
});
