// The gate from its first question to its verdict, with the app, the clock and the probes in hand.
import assert from "node:assert/strict";
import type { StepEvent } from "../../../../engine/events.ts";
import { reporter } from "../../../../engine/events.ts";
import { watchGate, type CheckResult, type GateWatch } from "../../../../engine/health/gate.ts";
import type { HttpGet, HttpResult } from "../../../../engine/health/httpGet.ts";
import { NO_PROBES, type Probes } from "../../../../engine/health/probes.ts";
import { DEFAULT_GATE_SETTINGS } from "../../../../engine/health/settings.ts";
import { urlSource } from "../../../../engine/health/source.ts";

const REFUSED: HttpResult = { ok: false, down: true, detail: "connection refused" };
const TARGET = {
  healthUrl: "http://app.test/health",
  metricsUrl: "http://app.test/metrics",
};
const RELEASE = { id: "1.1-aaaa", label: "1.1" };

/** An app whose answers a test sets, and a gate that watches it. */
class World {
  release: string = RELEASE.id;
  isDown = false;
  hasMetrics = true;
  good = 0;
  failed = 0;
  nowMs = 0;
  readonly slept: number[] = [];
  readonly events: StepEvent[] = [];
  readonly checks: CheckResult[] = [];
  probesStopped = 0;
  /** Called before each check with its number, from 1. */
  beforeCheck: (n: number) => void = () => undefined;
  onCheck: GateWatch["onCheck"] = () => undefined;

  readonly get: HttpGet = (url) => {
    if (this.isDown) return Promise.resolve(REFUSED);
    if (url.endsWith("/health")) return answer(200, JSON.stringify({ release: this.release }));
    if (!this.hasMetrics) return answer(404, "");
    const line = (status: number, count: number) =>
      `http_requests_total{status="${status}"} ${count}\n`;
    return answer(200, line(200, this.good) + line(500, this.failed));
  };

  watch(over: Partial<GateWatch> = {}) {
    const probes: Probes = {
      take: () => NO_PROBES,
      stop: () => {
        this.probesStopped += 1;
      },
    };
    return watchGate({
      release: RELEASE,
      source: urlSource(TARGET, this.get),
      settings: { ...DEFAULT_GATE_SETTINGS, intervalMs: 10_000, watchMs: 60_000 },
      releaseGraceMs: 1000,
      report: reporter("gate", (event) => this.events.push(event)),
      onCheck: async (check) => {
        this.checks.push(check);
        await this.onCheck(check);
      },
      ports: {
        startProbes: () => probes,
        now: () => this.nowMs,
        sleep: (ms) => {
          this.nowMs += ms;
          this.slept.push(ms);
          if (ms > 1000) this.beforeCheck(this.checks.length + 1);
          return Promise.resolve();
        },
      },
      ...over,
    });
  }

  /** Requests with this many of 100 failed before each check; the last number goes on. */
  traffic(...failedPer100: readonly number[]): void {
    this.beforeCheck = (n) => {
      const failed = failedPer100[Math.min(n, failedPer100.length) - 1] ?? 0;
      this.failed += failed;
      this.good += 100 - failed;
    };
  }

  verdicts(): string {
    return this.checks.map((check) => check.verdict).join(" ");
  }

  lines(level: string): string[] {
    return this.events.filter((event) => event.level === level).map((event) => event.message);
  }
}

function answer(status: number, body: string): Promise<HttpResult> {
  return Promise.resolve({ ok: true, status, headers: {}, body });
}

describe("watchGate", () => {
  it("passes a release that stays below the limit, one line and one row a check", async () => {
    const world = new World();
    world.traffic(1, 2, 0);
    const outcome = await world.watch();
    assert.equal(outcome.verdict, "pass");
    assert.equal(outcome.reason, "6 of 6 checks passed, 0 failed");
    assert.equal(outcome.errorRate, 0);
    assert.deepEqual(
      world.checks.map(({ n, of }) => [n, of]),
      [1, 2, 3, 4, 5, 6].map((n) => [n, 6]),
    );
    assert.equal(world.lines("progress")[2], "gate check 2 of 6: 2.0 % errors (2 of 100 requests)");
    assert.deepEqual(world.lines("info"), [
      "gate passed for release 1.1: 6 of 6 checks passed, 0 failed",
    ]);
    assert.deepEqual(world.slept, [10_000, 10_000, 10_000, 10_000, 10_000, 10_000]);
    assert.equal(world.probesStopped, 1);
  });

  it("says once why CPU and memory are not seen, and fails nothing for it", async () => {
    const world = new World();
    world.traffic(0);
    const askUsage = () => Promise.resolve("the cluster has no metrics server");
    const source = { ...urlSource(TARGET, world.get), askUsage };
    assert.equal((await world.watch({ source })).verdict, "pass");
    assert.deepEqual(
      world.lines("info").filter((line) => line.includes("CPU")),
      ["CPU and memory are not seen: the cluster has no metrics server"],
    );
  });

  it("does not wait for what a limit needs before it begins to measure", async () => {
    const world = new World();
    world.traffic(0);
    const settings = { ...DEFAULT_GATE_SETTINGS, intervalMs: 10_000, watchMs: 20_000 };
    await world.watch({ settings: { ...settings, limits: { p95Ms: 100, cpuCores: 1 } } });
    assert.match(world.lines("progress")[0] ?? "", /^release 1\.1 answers, watching 2 checks/);
  });

  it("fails at once after three failed checks in a row, at exactly 5.0 %", async () => {
    const world = new World();
    world.traffic(0, 5);
    const outcome = await world.watch();
    assert.equal(outcome.verdict, "fail");
    assert.equal(world.verdicts(), "pass fail fail fail");
    assert.equal(outcome.errorRate, 0.05);
    assert.equal(
      world.lines("warn")[1],
      "gate check 3 of 6: failed: 5.0 % errors (5 of 100 requests) (2 of 3 failures in a row)",
    );
  });

  it("passes when two checks fail and the app recovers", async () => {
    const world = new World();
    world.traffic(9, 9, 0);
    assert.equal((await world.watch()).verdict, "pass");
    assert.equal(world.verdicts(), "fail fail pass pass pass pass");
  });

  it("is held without traffic, and does not roll back", async () => {
    const world = new World();
    const outcome = await world.watch();
    assert.equal(outcome.verdict, "held");
    assert.equal(outcome.errorRate, null);
    assert.match(outcome.reason, /0 requests, at least 20 are needed/);
    assert.equal(world.checks.length, 6);
  });

  it("gathers the requests of several intervals where one has too few", async () => {
    const world = new World();
    world.beforeCheck = () => (world.good += 8);
    assert.equal((await world.watch()).verdict, "pass");
    assert.equal(world.verdicts(), "no-data no-data pass no-data no-data pass");
    assert.equal(world.checks[2]?.total, 24);
  });

  it("is held when the metrics go away and stay away", async () => {
    const world = new World();
    world.beforeCheck = (n) => {
      world.good += 100;
      world.hasMetrics = n < 3;
    };
    const outcome = await world.watch();
    assert.equal(outcome.verdict, "held");
    assert.equal(world.checks.length, 9);
    assert.match(outcome.reason, /the metrics endpoint answers 404/);
    assert.equal(outcome.errorRate, 0, "that of the last window with data");
  });

  it("fails when the app dies", async () => {
    const world = new World();
    world.beforeCheck = (n) => {
      world.good += 100;
      world.isDown = n >= 2;
    };
    const outcome = await world.watch();
    assert.equal(outcome.verdict, "fail");
    assert.equal(world.verdicts(), "pass fail fail fail");
    assert.match(outcome.reason, /connection refused/);
  });

  it("goes on over a restart of the app", async () => {
    const world = new World();
    world.good = 5000;
    world.beforeCheck = (n) => {
      if (n === 2) world.good = 0;
      world.good += 100;
    };
    assert.equal((await world.watch()).verdict, "pass");
    assert.equal(world.checks[1]?.total, 100);
    assert.ok(world.checks[1].restarted);
    assert.match(world.lines("progress")[2] ?? "", /the app started again meanwhile$/);
  });

  it("waits for its release, and judges none of another's requests", async () => {
    const world = new World();
    world.release = "1.0-bbbb";
    world.failed = 1000;
    const { get } = world;
    let asked = 0;
    world.traffic(0);
    const source = urlSource(TARGET, (url, options) => {
      if (url.endsWith("/health") && ++asked === 3) world.release = RELEASE.id;
      return get(url, options);
    });
    const ports = {
      now: () => 0,
      startProbes: () => ({ take: () => NO_PROBES, stop: () => undefined }),
      sleep: (ms: number) => {
        if (ms > 1000) world.beforeCheck(world.checks.length + 1);
        return Promise.resolve();
      },
    };
    assert.equal((await world.watch({ source, ports })).verdict, "pass");
    assert.equal(
      world.lines("progress")[0],
      "waiting for release 1.1: release 1.0-bbbb answers, expected 1.1-aaaa",
    );
    assert.equal(world.checks[0]?.failed, 0);
  });

  it("counts nothing of the warm-up", async () => {
    const world = new World();
    world.beforeCheck = () => {
      // The first long sleep is the warm-up's.
      world.failed += world.slept.length === 1 ? 100 : 0;
      world.good += 100;
    };
    const settings = { ...DEFAULT_GATE_SETTINGS, intervalMs: 10_000, watchMs: 20_000 };
    const outcome = await world.watch({ settings: { ...settings, warmUpMs: 5_000 } });
    assert.deepEqual([outcome.verdict, outcome.errorRate], ["pass", 0]);
    assert.deepEqual(world.slept, [5_000, 10_000, 10_000]);
    assert.ok(world.lines("progress").includes("release 1.1 warms up for 5 s"));
  });

  it("tells what the release before was like, and compares with it where that is wanted", async () => {
    const baseline = {
      ...{ of: "1.0-bbbb", total: 1000, failed: 0 },
      ...{ p50Ms: null, p95Ms: 20, p99Ms: null },
    };
    const shown = new World();
    shown.traffic(3);
    assert.equal((await shown.watch({ baseline })).verdict, "pass");
    assert.equal(
      shown.lines("info")[0],
      "before: 1.0-bbbb had 0.0 % errors (0 of 1,000 requests), p95 20 ms",
    );
    const compared = new World();
    compared.traffic(3);
    const settings = { ...DEFAULT_GATE_SETTINGS, intervalMs: 10_000, watchMs: 60_000 };
    const outcome = await compared.watch({
      baseline,
      settings: { ...settings, baseline: "compare" },
    });
    assert.equal(outcome.verdict, "fail");
    assert.match(outcome.reason, /3\.0 % errors; 1\.0-bbbb had 0\.0 % errors/);
  });

  it("fails when another release answers after the grace", async () => {
    const world = new World();
    world.release = "1.0-bbbb";
    world.traffic(0);
    const outcome = await world.watch();
    assert.equal(outcome.verdict, "fail");
    assert.deepEqual(
      world.checks.map((check) => check.code),
      ["wrong-release", "wrong-release", "wrong-release"],
    );
    assert.deepEqual(world.slept.slice(0, 2), [500, 500], "asked again within the grace");
  });

  it("ends at once when it is interrupted while it sleeps, and stops its probes", async () => {
    const world = new World();
    const interrupt = new AbortController();
    const sleep = () => {
      interrupt.abort();
      return Promise.reject(new DOMException("aborted", "AbortError"));
    };
    const ports = {
      sleep,
      startProbes: () => ({
        take: () => NO_PROBES,
        stop: () => {
          world.probesStopped += 1;
        },
      }),
    };
    await assert.rejects(world.watch({ signal: interrupt.signal, ports }), {
      code: "INTERRUPTED",
    });
    assert.equal(world.checks.length, 0);
    assert.equal(world.probesStopped, 1);
  });

  it("gives no verdict for a check that was interrupted", async () => {
    const world = new World();
    const interrupt = new AbortController();
    world.beforeCheck = (n) => {
      if (n < 3) world.good += 100;
      else interrupt.abort();
    };
    await assert.rejects(world.watch({ signal: interrupt.signal }), { code: "INTERRUPTED" });
    assert.equal(world.verdicts(), "pass pass");
  });

  it("asks nothing when it was interrupted before it began", async () => {
    const world = new World();
    const get: HttpGet = () => assert.fail("asked");
    const source = urlSource(TARGET, get);
    const watch = world.watch({ signal: AbortSignal.abort(), source });
    await assert.rejects(watch, { code: "INTERRUPTED" });
  });

  it("ends with the caller's error when a check can't be recorded", async () => {
    const world = new World();
    world.traffic(0);
    world.onCheck = () => Promise.reject(new Error("the ledger is away"));
    await assert.rejects(world.watch(), { message: "the ledger is away" });
    assert.equal(world.checks.length, 1);
    assert.equal(world.probesStopped, 1);
  });
});
