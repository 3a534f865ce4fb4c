// Probes on real connections.
import assert from "node:assert/strict";
import { startProbes } from "../../../../engine/health/probes.ts";
import { urlSource } from "../../../../engine/health/source.ts";
import { FakeApp } from "./fakeApp.ts";

describe("startProbes", () => {
  it("has 32 in flight without a warning, and leaves none behind", async () => {
    const app = await FakeApp.start();
    app.hangs = true;
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on("warning", note);
    let arrived = 0;
    const allArrived = app.seen(() => ++arrived === 32);
    const probes = startProbes({
      get: urlSource({ healthUrl: app.url }).get,
      paths: ["/"],
      perSecond: 1,
      timeoutMs: 60_000,
      every: (_ms, tick) => {
        for (let i = 0; i < 40; i++) tick();
        return () => undefined;
      },
    });
    await allArrived;
    probes.stop();
    await app.idle();
    process.off("warning", note);
    assert.deepEqual(warnings, []);
    assert.deepEqual(probes.take(), { good: 0, failed: 0, unanswered: 0 });
    await app.stop();
  });
});
