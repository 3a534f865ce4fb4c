// Where a gate's observations come from.
import assert from "node:assert/strict";
import type { HttpGet } from "../../../../engine/health/httpGet.ts";
import { urlSource } from "../../../../engine/health/source.ts";

describe("urlSource", () => {
  it("takes a probe's path from the app's root", async () => {
    const asked: string[] = [];
    const get: HttpGet = (url) => {
      asked.push(url);
      return Promise.resolve({ ok: true, status: 200, headers: {}, body: "" });
    };
    const source = urlSource({ healthUrl: "http://app.test:8080/deep/health" }, get);
    await source.get("/customers?page=2", { timeoutMs: 1, maxBytes: 1 });
    assert.deepEqual(asked, ["http://app.test:8080/customers?page=2"]);
  });

  it("refuses an address that is no HTTP URL", () => {
    for (const target of [
      { healthUrl: "127.0.0.1:80/health" },
      { healthUrl: "http://app.test/health", metricsUrl: "/metrics" },
    ]) {
      assert.throws(() => urlSource(target), { code: "CONFIG" });
    }
  });
});
