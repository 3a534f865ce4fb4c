// Counters in a JSON document.
import assert from "node:assert/strict";
import { readJsonCounters } from "../../../../engine/health/jsonCounters.ts";
import { RequestWindow } from "../../../../engine/health/window.ts";

const FIELDS = {
  total: "requests.total",
  failed: "requests.failed",
  startedAt: "startedAt",
  p95: "times.p95",
};
const document = (total: unknown, failed: unknown, startedAt = "2026-11-21T10:00:00Z") =>
  JSON.stringify({ requests: { total, failed }, startedAt, times: { p95: 12.5 } });

describe("readJsonCounters", () => {
  it("counts from reading to reading, over a restart too", () => {
    const window = new RequestWindow();
    const add = (text: string) => window.add(new Map([["app", readJsonCounters(text, FIELDS)]]));
    add(document(100, 1));
    const seen = add(document("150", 3));
    assert.deepEqual(seen.requests, { total: 50, failed: 2 });
    assert.deepEqual([seen.latency.p95Ms, seen.latency.p50Ms], [12.5, null]);
    window.clear();
    const again = add(document(200, 4, "2026-11-21T11:00:00Z"));
    assert.deepEqual([again.requests, again.restarted], [{ total: 200, failed: 4 }, true]);
  });

  it("finds members whose names hold dots", () => {
    const fields = { total: "http.requests.count", failed: "http.requests.failed" };
    const text = JSON.stringify({ "http.requests.count": 5, http: { "requests.failed": 2 } });
    const reading = readJsonCounters(text, fields);
    assert.ok(typeof reading !== "string");
    assert.deepEqual(
      [...reading.series.values()].map(({ value }) => value),
      [3, 2],
    );
  });

  it("says what a document lacks", () => {
    const cases = [
      ["<html>", /no JSON document/],
      ["null", /no number at requests\.total/],
      [document(5, null), /no number at requests\.failed/],
      [document("NaN", 1), /no number at requests\.total/],
      [document(5, 6), /\(6\) is more than requests\.total \(5\)/],
    ] as const;
    for (const [text, said] of cases)
      assert.match(JSON.stringify(readJsonCounters(text, FIELDS)), said);
  });
});
