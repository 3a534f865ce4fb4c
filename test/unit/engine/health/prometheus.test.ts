// The text exposition format, with what the specification allows and what it does not.
import assert from "node:assert/strict";
import { parsePrometheus } from "../../../../engine/health/prometheus.ts";

function samplesOf(text: string) {
  const parsed = parsePrometheus(text);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.samples;
}

describe("parsePrometheus", () => {
  it("reads names, labels and values, and passes over comments and empty lines", () => {
    const text = [
      "# HELP http_requests_total Requests.",
      "# TYPE http_requests_total counter",
      "",
      'http_requests_total{method="GET",status="200"} 1027 1395066363000',
      "up 1",
      "# EOF",
    ].join("\n");
    assert.deepEqual(samplesOf(text), [
      { name: "http_requests_total", labels: { method: "GET", status: "200" }, value: 1027 },
      { name: "up", labels: {}, value: 1 },
    ]);
  });

  it("undoes the escapes of label values and keeps braces, commas and hashes within them", () => {
    const [sample] = samplesOf(String.raw`m{a="x\"y\\z\n", b="}{,# 1"} 2`);
    assert.deepEqual(sample?.labels, { a: 'x"y\\z\n', b: "}{,# 1" });
  });

  it("allows blanks, a trailing comma and Windows line ends", () => {
    assert.deepEqual(samplesOf('m { a = "1" , b="2" , }  3\r\nn{} 4\r\n'), [
      { name: "m", labels: { a: "1", b: "2" }, value: 3 },
      { name: "n", labels: {}, value: 4 },
    ]);
  });

  it("reads NaN, infinities and exponents", () => {
    const values = samplesOf("a NaN\nb +Inf\nc -Inf\nd 1.5e+03\ne -0.25").map((s) => s.value);
    assert.deepEqual(values, [Number.NaN, Infinity, -Infinity, 1500, -0.25]);
  });

  it("passes over an OpenMetrics exemplar", () => {
    const [sample] = samplesOf('m_bucket{le="0.1"} 8 1520879607.789 # {trace_id="a b"} 0.06 1.2');
    assert.equal(sample?.value, 8);
  });

  for (const line of [
    "<!doctype html>",
    'm{a="1} 2',
    'm{a="1" b="2"} 3',
    "m",
    "m abc",
    'm{a="1"',
    "1m 2",
  ]) {
    it(`counts nothing of a scrape with the line ${line}`, () => {
      assert.deepEqual(parsePrometheus(`up 1\n${line}\n`), { ok: false, line: 2, text: line });
    });
  }
});
