// The release before as the yardstick.
import assert from "node:assert/strict";
import {
  describeBaseline,
  judgeAgainst,
  measureBaseline,
  type Baseline,
} from "../../../../engine/health/baseline.ts";
import { readRequests } from "../../../../engine/health/requests.ts";
import { DEFAULT_GATE_SETTINGS } from "../../../../engine/health/settings.ts";
import type { AppSource } from "../../../../engine/health/source.ts";

const BEFORE: Baseline = {
  ...{ of: "1.0-aaaa", total: 1000, failed: 20 },
  ...{ p50Ms: 5, p95Ms: 40, p99Ms: 90 },
};
const SETTINGS = { minRequests: 100 };
const seen = (failed: number, p95Ms: number | null = 40) => ({
  requests: { total: 1000, failed },
  latency: { p50Ms: null, p95Ms, p99Ms: null },
});

describe("judgeAgainst", () => {
  it("fails what is much worse, and nothing else", () => {
    const cases: readonly (readonly [ReturnType<typeof seen>, RegExp | null])[] = [
      [seen(39), null],
      [seen(40), /^4\.0 % errors; 1\.0-aaaa had 2\.0 % errors/],
      [seen(20, 79), null],
      [seen(20, 80), /^p95 is 80 ms; /],
      [seen(20, null), null],
    ];
    for (const [one, reason] of cases) {
      const judged = judgeAgainst(BEFORE, one, SETTINGS);
      assert.equal(judged === null, reason === null, JSON.stringify(one));
      if (reason) assert.match(judged?.reason ?? "", reason);
    }
    assert.equal(judgeAgainst(BEFORE, seen(59), { ...SETTINGS, baselineFactor: 3 }), null);
    assert.notEqual(judgeAgainst(BEFORE, seen(60), { ...SETTINGS, baselineFactor: 3 }), null);
  });

  it("does not take chance for a trend, nor a few requests for a baseline", () => {
    const clean = { ...BEFORE, failed: 0, p95Ms: 2 };
    assert.equal(judgeAgainst(clean, seen(10, 12), SETTINGS), null);
    assert.match(judgeAgainst(clean, seen(11), SETTINGS)?.reason ?? "", /^1\.1 % errors/);
    assert.match(judgeAgainst(clean, seen(0, 13), SETTINGS)?.reason ?? "", /^p95/);
    assert.equal(judgeAgainst({ ...clean, total: 99 }, seen(900), SETTINGS), null);
  });
});

describe("measureBaseline", () => {
  const measure = (instances: readonly (number | string)[]) => {
    const readings = instances.map((good, index) => {
      const series = [
        { name: "http_requests_total", labels: { status: "200" }, value: Number(good) },
        { name: "http_requests_total", labels: { status: "503" }, value: 2 },
      ];
      return [String(index), typeof good === "string" ? good : readRequests(series)] as const;
    });
    const source = {
      askMetrics: () => Promise.resolve(new Map(readings)),
    } as Partial<AppSource> as AppSource;
    return measureBaseline(source, DEFAULT_GATE_SETTINGS, { of: "1.0-aaaa", timeoutMs: 1 });
  };

  it("counts a release's whole life over its instances", async () => {
    const found = await measure([98, 98]);
    assert.ok(typeof found !== "string");
    assert.deepEqual([found.total, found.failed, found.p95Ms], [200, 4, null]);
    assert.equal(describeBaseline(found), "1.0-aaaa had 2.0 % errors (4 of 200 requests)");
  });

  it("says why there is none", async () => {
    assert.equal(await measure([98, "pod b: connection refused"]), "pod b: connection refused");
  });
});
