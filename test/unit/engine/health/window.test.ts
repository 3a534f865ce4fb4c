// What is gathered for the next verdict, from scrapes and from probes.
import assert from "node:assert/strict";
import { NO_PROBES } from "../../../../engine/health/probes.ts";
import { readRequests, type Reading } from "../../../../engine/health/requests.ts";
import { RequestWindow, type Readings } from "../../../../engine/health/window.ts";

function counters(good: number, failed: number): Reading {
  return readRequests([
    { name: "http_requests_total", labels: { status: "200" }, value: good },
    { name: "http_requests_total", labels: { status: "500" }, value: failed },
  ]);
}

/** A scrape of an app with one instance. */
function only(reading: Reading): Readings {
  return new Map([["app", reading]]);
}

function scrape(good: number, failed: number): Readings {
  return only(counters(good, failed));
}

describe("RequestWindow", () => {
  it("has nothing to judge at the first reading", () => {
    const seen = new RequestWindow().add(scrape(500, 100), NO_PROBES);
    assert.deepEqual(seen.requests, {
      problem: "the metrics could be read for the first time just now",
    });
    assert.equal(seen.source, "none");
  });

  it("starts at 0 when the counter was not there yet", () => {
    const window = new RequestWindow();
    window.add(only(readRequests([])), NO_PROBES);
    assert.deepEqual(window.add(scrape(9, 1), NO_PROBES).requests, { total: 10, failed: 1 });
  });

  it("gathers until it is cleared, so that each request is judged once", () => {
    const window = new RequestWindow();
    window.add(scrape(0, 0), NO_PROBES);
    assert.deepEqual(window.add(scrape(8, 2), NO_PROBES).requests, { total: 10, failed: 2 });
    assert.deepEqual(window.add(scrape(17, 3), NO_PROBES).requests, { total: 20, failed: 3 });
    window.clear();
    assert.deepEqual(window.add(scrape(18, 3), NO_PROBES).requests, { total: 1, failed: 0 });
  });

  it("counts over a scrape that failed", () => {
    const window = new RequestWindow();
    window.add(scrape(0, 0), NO_PROBES);
    const away = window.add("the metrics could not be read: connection refused", NO_PROBES);
    assert.deepEqual(away.requests, {
      problem: "the metrics could not be read: connection refused",
    });
    assert.deepEqual(window.add(scrape(30, 0), NO_PROBES).requests, { total: 30, failed: 0 });
  });

  it("counts over a reading with NaN", () => {
    const window = new RequestWindow();
    window.add(scrape(10, 0), NO_PROBES);
    assert.ok("problem" in window.add(scrape(Number.NaN, 0), NO_PROBES).requests);
    assert.deepEqual(window.add(scrape(30, 0), NO_PROBES).requests, { total: 20, failed: 0 });
  });

  it("keeps what was counted before a restart and says that there was one", () => {
    const window = new RequestWindow();
    window.add(scrape(100, 0), NO_PROBES);
    window.add(scrape(110, 0), NO_PROBES);
    const { requests, restarted } = window.add(scrape(3, 2), NO_PROBES);
    assert.deepEqual(requests, { total: 15, failed: 2 });
    assert.equal(restarted, true);
  });

  it("sums over the instances, one that turns up later from its start on", () => {
    const window = new RequestWindow();
    const both = (a: Reading, b: Reading | string) =>
      new Map([["a", a] as const, ["b", b] as const]);
    window.add(both(counters(100, 5), counters(40, 0)), NO_PROBES);
    const seen = window.add(both(counters(110, 6), counters(50, 0)), NO_PROBES);
    assert.deepEqual(seen.requests, { total: 21, failed: 1 });
    // b was replaced by c: what c counted is of this window, also where it has passed b's count.
    const replaced = new Map([
      ["a", counters(110, 6)],
      ["c", counters(60, 2)],
    ]);
    assert.deepEqual(window.add(replaced, NO_PROBES).requests, { total: 83, failed: 3 });
  });

  it("takes no counters for new that could not be read at first", () => {
    const window = new RequestWindow();
    const and = (b: Reading | string) =>
      new Map([["a", counters(0, 0)] as const, ["b", b] as const]);
    assert.ok("problem" in window.add(and("no answer within 1 s"), NO_PROBES).requests);
    window.add(and(counters(1000, 100)), NO_PROBES);
    assert.deepEqual(window.add(and(counters(1001, 100)), NO_PROBES).requests, {
      total: 1,
      failed: 0,
    });
  });

  it("judges nothing while one of the instances can't be read", () => {
    const window = new RequestWindow();
    const and = (b: Reading | string) =>
      new Map([["a", counters(0, 0)] as const, ["b", b] as const]);
    window.add(and(counters(0, 0)), NO_PROBES);
    const seen = window.add(and("no answer within 1 s"), NO_PROBES);
    assert.deepEqual(seen.requests, { problem: "no answer within 1 s" });
  });

  it("waits for no instance that has had no request yet", () => {
    const window = new RequestWindow();
    window.add(scrape(0, 0), NO_PROBES);
    const seen = window.add(
      new Map([
        ["app", counters(30, 0)],
        ["new", readRequests([])],
      ]),
      NO_PROBES,
    );
    assert.deepEqual(seen.requests, { total: 30, failed: 0 });
  });

  it("adds only those probes to the app's counters that never reached it", () => {
    const window = new RequestWindow();
    window.add(scrape(0, 0), NO_PROBES);
    const seen = window.add(scrape(20, 1), { good: 20, failed: 1, unanswered: 4 });
    assert.deepEqual(seen.requests, { total: 25, failed: 5 });
    assert.equal(seen.source, "metrics");
  });

  it("goes by the probes where the counters can't be read", () => {
    const window = new RequestWindow();
    window.add("no metrics endpoint is configured", { good: 8, failed: 1, unanswered: 1 });
    const seen = window.add("no metrics endpoint is configured", NO_PROBES);
    assert.deepEqual(seen.requests, { total: 10, failed: 2 });
    assert.equal(seen.source, "probes");
  });

  it("gives the latency of the window only", () => {
    const window = new RequestWindow();
    const at = (fast: number, all: number) =>
      only(
        readRequests([
          { name: "http_requests_total", labels: { status: "200" }, value: all },
          { name: "http_request_duration_seconds_bucket", labels: { le: "0.1" }, value: fast },
          { name: "http_request_duration_seconds_bucket", labels: { le: "1" }, value: all },
          { name: "http_request_duration_seconds_bucket", labels: { le: "+Inf" }, value: all },
        ]),
      );
    window.add(at(1000, 1000), NO_PROBES);
    const { latency } = window.add(at(1000, 1100), NO_PROBES);
    assert.ok((latency.p50Ms ?? 0) > 500, JSON.stringify(latency));
  });
});
