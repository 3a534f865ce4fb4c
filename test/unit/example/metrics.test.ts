// What the example's /metrics says.

import assert from "node:assert/strict";
import { importExample } from "./importExample.ts";

interface Metrics {
  countRequest(request: { method: string; route: string; status: number; seconds: number }): void;
  render(pool: { totalCount: number; idleCount: number; waitingCount: number }): string;
}
interface MetricsModule {
  Metrics: new (info: Record<string, string>) => Metrics;
}

const pool = { totalCount: 3, idleCount: 2, waitingCount: 1 };

describe("example metrics", () => {
  let Metrics: MetricsModule["Metrics"];
  before(async () => {
    ({ Metrics } = await importExample<MetricsModule>("app/metrics.mjs"));
  });

  it("counts requests by method, route and status", () => {
    const metrics = new Metrics({});
    for (const status of [200, 200, 500]) {
      metrics.countRequest({ method: "GET", route: "/customers", status, seconds: 0.02 });
    }
    const lines = metrics.render(pool).split("\n");
    assert.ok(
      lines.includes('http_requests_total{method="GET",route="/customers",status="200"} 2'),
    );
    assert.ok(
      lines.includes('http_requests_total{method="GET",route="/customers",status="500"} 1'),
    );
  });

  it("counts a duration in each bucket that is not below it, and in the sum", () => {
    const metrics = new Metrics({});
    metrics.countRequest({ method: "GET", route: "/health", status: 200, seconds: 0.05 });
    metrics.countRequest({ method: "GET", route: "/health", status: 200, seconds: 20 });
    const name = "http_request_duration_seconds";
    const labels = 'method="GET",route="/health"';
    const lines = metrics.render(pool).split("\n");
    assert.ok(lines.includes(`${name}_bucket{${labels},le="0.025"} 0`));
    assert.ok(lines.includes(`${name}_bucket{${labels},le="0.05"} 1`));
    assert.ok(lines.includes(`${name}_bucket{${labels},le="10"} 1`));
    assert.ok(lines.includes(`${name}_bucket{${labels},le="+Inf"} 2`));
    assert.ok(lines.includes(`${name}_sum{${labels}} 20.05`));
    assert.ok(lines.includes(`${name}_count{${labels}} 2`));
  });

  it("says which release runs, escaped as the format asks", () => {
    const lines = new Metrics({ release: 'a"b\\c\nd' }).render(pool).split("\n");
    assert.ok(lines.includes('app_info{release="a\\"b\\\\c\\nd"} 1'));
  });

  it("shows the pool and the process, and ends with a line feed", () => {
    const text = new Metrics({}).render(pool);
    assert.match(text, /^db_pool_connections\{state="total"\} 3$/m);
    assert.match(text, /^db_pool_connections\{state="idle"\} 2$/m);
    assert.match(text, /^db_pool_waiting 1$/m);
    assert.match(text, /^process_resident_memory_bytes [1-9]\d+$/m);
    assert.match(text, /^process_cpu_seconds_total \d+(\.\d+)?$/m);
    assert.ok(text.endsWith("\n"));
  });
});
