// Which counters are read, what counts as failed, and what lies between two scrapes.
import assert from "node:assert/strict";
import { parsePrometheus } from "../../../../engine/health/prometheus.ts";
import {
  addCounts,
  countBetween,
  readRequests,
  type ReadOptions,
} from "../../../../engine/health/requests.ts";

function reading(text: string, options?: ReadOptions) {
  const parsed = parsePrometheus(text);
  assert.ok(parsed.ok);
  return readRequests(parsed.samples, options);
}

function between(before: string, after: string, options?: ReadOptions) {
  const { total, failed, restarted } = countBetween(
    reading(before, options),
    reading(after, options),
  );
  return { total, failed, restarted };
}

describe("readRequests", () => {
  for (const label of ["status", "code", "status_code"]) {
    it(`takes the status from the label ${label}`, () => {
      const after = `http_requests_total{${label}="200"} 9\nhttp_requests_total{${label}="503"} 1`;
      assert.deepEqual(between("", after), { total: 10, failed: 1, restarted: false });
    });
  }

  it("knows status classes", () => {
    const after = 'http_requests_total{status="2xx"} 9\nhttp_requests_total{status="5xx"} 1';
    assert.equal(between("", after).failed, 1);
  });

  it("counts neither 4xx nor a code that only begins with 5 as failed", () => {
    const after = 'http_requests_total{code="404"} 4\nhttp_requests_total{code="5000"} 1';
    assert.deepEqual(between("", after), { total: 5, failed: 0, restarted: false });
  });

  it("reads another counter where the settings name one", () => {
    const text = 'api_calls_total{code="500"} 3\nhttp_requests_total{code="200"} 100';
    const counted = between("", text, { requestMetric: "api_calls_total" });
    assert.deepEqual(counted, { total: 3, failed: 3, restarted: false });
  });

  it("leaves out what the gate itself asked for", () => {
    const text = [
      'http_requests_total{path="/health",status="200"} 500',
      'http_requests_total{route="/metrics",status="200"} 500',
      'http_requests_total{path="/customers",status="500"} 2',
    ].join("\n");
    const counted = between("", text, { ignorePaths: ["/health", "/metrics"] });
    assert.deepEqual(counted, { total: 2, failed: 2, restarted: false });
  });

  it("says which counter is missing", () => {
    const { missing, problem } = reading("up 1");
    assert.deepEqual(
      { missing, problem },
      { missing: true, problem: "there is no http_requests_total in the metrics" },
    );
  });

  it("does not take a counter for missing when all it counted was left out", () => {
    const read = reading('http_requests_total{path="/health",status="200"} 5', {
      ignorePaths: ["/health"],
    });
    assert.equal(read.problem, null);
  });

  it("can't judge by NaN", () => {
    assert.equal(
      reading('http_requests_total{status="200"} NaN').problem,
      "http_requests_total is NaN",
    );
  });

  it("can't judge by a counter without a status", () => {
    assert.equal(
      reading("http_requests_total 5").problem,
      "http_requests_total has no label status, code, status_code",
    );
  });
});

describe("countBetween", () => {
  it("takes the difference, a new series from 0", () => {
    const before = 'http_requests_total{status="200"} 100';
    const after = 'http_requests_total{status="200"} 190\nhttp_requests_total{status="500"} 10';
    assert.deepEqual(between(before, after), { total: 100, failed: 10, restarted: false });
  });

  it("takes a counter that fell as restarted from 0, and with it all the others", () => {
    const before = 'http_requests_total{status="200"} 1000\nhttp_requests_total{status="500"} 2';
    const after = 'http_requests_total{status="200"} 300\nhttp_requests_total{status="500"} 10';
    assert.deepEqual(between(before, after), { total: 310, failed: 10, restarted: true });
  });

  it("takes a series that is gone as a restart", () => {
    const before = 'http_requests_total{status="200"} 10\nhttp_requests_total{status="500"} 2';
    const after = 'http_requests_total{status="200"} 30';
    assert.deepEqual(between(before, after), { total: 30, failed: 0, restarted: true });
  });

  it("sees a restart by the start time when the counters have passed their old value", () => {
    const before = 'process_start_time_seconds 100\nhttp_requests_total{status="500"} 5';
    const after = 'process_start_time_seconds 160\nhttp_requests_total{status="500"} 7';
    assert.deepEqual(between(before, after), { total: 7, failed: 7, restarted: true });
  });

  it("sums a histogram over its series and takes the difference of each bucket", () => {
    const bucket = (le: string, path: string, count: number) =>
      `http_request_duration_seconds_bucket{le="${le}",path="${path}"} ${count}`;
    const before = [bucket("0.1", "/a", 5), bucket("+Inf", "/a", 6)].join("\n");
    const after = [
      bucket("0.1", "/a", 9),
      bucket("+Inf", "/a", 12),
      bucket("0.1", "/b", 1),
      bucket("+Inf", "/b", 2),
    ].join("\n");
    const { buckets } = countBetween(reading(before), reading(after));
    assert.deepEqual(
      [...buckets],
      [
        [0.1, 5],
        [Infinity, 8],
      ],
    );
  });

  it("adds windows up and remembers a restart in either", () => {
    const one = { total: 3, failed: 1, buckets: new Map([[1, 2]]), restarted: true };
    const two = { total: 4, failed: 0, buckets: new Map([[1, 5]]), restarted: false };
    assert.deepEqual(addCounts(one, two), {
      total: 7,
      failed: 1,
      buckets: new Map([[1, 7]]),
      restarted: true,
    });
  });
});
