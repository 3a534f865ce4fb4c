// Counters from a server that answers as Prometheus' HTTP API is documented: by what the query asks for.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { withCounters } from "../../../../engine/health/counters.ts";
import { instantQuery } from "../../../../engine/health/promql.ts";
import { urlSource } from "../../../../engine/health/source.ts";
import { RequestWindow } from "../../../../engine/health/window.ts";

type Series = Readonly<Record<string, string>>;

describe("a PromQL server as the source", () => {
  let server: Server;
  let url = "";
  let series: readonly (readonly [Series, string])[] = [];
  let answer: { readonly status: number; readonly body: string } | undefined;
  let asked: { readonly query: string; readonly login: string | undefined } | undefined;
  beforeEach(async () => {
    answer = undefined;
    server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://server");
      const query = url.searchParams.get("query") ?? "";
      asked = { query, login: request.headers.authorization };
      if (url.pathname !== "/prom/api/v1/query") response.statusCode = 404;
      const names = new RegExp(`^(${/=~"([^"]*)"/.exec(query)?.[1] ?? ""})$`);
      const result = series
        .filter(([{ __name__ = "" }]) => names.test(__name__))
        .map(([metric, value]) => ({ metric, value: [1763720000.123, value] }));
      const data = { resultType: "vector", result };
      if (answer) response.statusCode = answer.status;
      response.end(answer?.body ?? JSON.stringify({ status: "success", data }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/prom/`;
  });
  afterEach(() => server.close());

  const askedFor = async () => {
    const counters = { kind: "promql", url, selector: 'job="shop"', authorization: "Bearer t" };
    const app = urlSource({ healthUrl: "http://app.test/health" });
    const source = withCounters(app, { counters: { ...counters, kind: "promql" } });
    return source.askMetrics({}, { timeoutMs: 5_000 });
  };
  const requests = (instance: string, status: string) => ({
    ...{ __name__: "http_requests_total", job: "shop", path: "/customers" },
    ...{ instance, status },
  });
  const bucket = (le: string) => ({
    ...{ __name__: "http_request_duration_seconds_bucket", instance: "a:80", le },
  });

  it("counts over instances and restarts as a scrape of its own does", async () => {
    const started = { __name__: "process_start_time_seconds", instance: "a:80" };
    series = [
      [requests("a:80", "200"), "100"],
      [requests("b:80", "200"), "1000"],
      [started, "1763710000"],
    ];
    const window = new RequestWindow();
    window.add(await askedFor());
    series = [
      [requests("a:80", "200"), "40"],
      [requests("a:80", "500"), "10"],
      [requests("b:80", "200"), "1050"],
      [started, "1763719000"],
      [bucket("0.1"), "45"],
      [bucket("+Inf"), "50"],
      [{ __name__: "process_cpu_seconds_total", instance: "exporter:9100" }, "7"],
    ];
    const seen = window.add(await askedFor());
    assert.deepEqual([seen.requests, seen.restarted], [{ total: 100, failed: 10 }, true]);
    assert.equal(seen.latency.p95Ms, 100);
    assert.equal(asked?.login, "Bearer t");
    assert.match(asked.query, /^\{__name__=~"http_requests_total\|.*",job="shop"\}$/);
  });

  it("says why there is nothing to judge by", async () => {
    series = [[requests("a:80", "200"), "NaN"]];
    const window = new RequestWindow();
    assert.deepEqual(window.add(await askedFor()).requests, {
      problem: "http_requests_total is NaN",
    });
    series = [];
    assert.equal(await askedFor(), 'the PromQL server has no http_requests_total of {job="shop"}');
    const error = { status: "error", errorType: "bad_data", error: "parse error: unexpected }" };
    const cases = [
      [400, JSON.stringify(error), /refuses the query \(bad_data\): parse error: unexpected }"$/],
      [401, "Unauthorized", /answers 401, and no JSON"$/],
      [200, '{"status":"success","data":{"resultType":"matrix","result":[]}}', /not as Prometheus/],
    ] as const;
    for (const [status, body, said] of cases) {
      answer = { status, body };
      assert.match(JSON.stringify(await askedFor()), said);
    }
    server.closeAllConnections();
    server.close();
    assert.match(JSON.stringify(await askedFor()), /could not be asked: connection refused"$/);
  });

  it("asks for the names that config gives, and nothing that would end the matcher", () => {
    const names = { requestMetric: 'istio_requests_total"}', latencyMetric: "istio_ms" };
    assert.equal(
      instantQuery('{app="shop"}', names),
      '{__name__=~"istio_requests_total|istio_ms_bucket|process_start_time_seconds|process_cpu_seconds_total|process_resident_memory_bytes",app="shop"}',
    );
  });
});
