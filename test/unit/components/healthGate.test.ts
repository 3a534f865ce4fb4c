// Tests of the component for the gate.
import assert from "node:assert/strict";
import { Application } from "../../../components/application.ts";
import { HealthGate } from "../../../components/healthGate.ts";
import { appArgs, gateArgs, gateSettings, release, URL_TEXT } from "./given.ts";
import { find, record, refusedPaths, secretOf, valueOf } from "./record.ts";

describe("HealthGate", () => {
  it("watches the app for its release, and knows what to take back", async () => {
    const recording = await record(
      () => new HealthGate("gate", gateArgs(new Application("app", appArgs))),
    );
    assert.deepEqual(find(recording, "lockstep:index:HealthGate gate-watch").inputs, {
      release,
      digest: release.digest,
      url: secretOf(URL_TEXT),
      baseUrl: "http://127.0.0.1:8080",
      healthPath: "/health",
      metricsPath: "/metrics",
      settings: gateSettings,
      app: { kind: "local", process: "app" },
    });
    assert.equal(await valueOf(recording.result.verdict), "pass");
  });

  it("refuses settings with which it could not judge", async () => {
    const settings = {
      ...gateSettings,
      watchMs: 0,
      errorRateLimit: 0,
      failures: 0,
      probePaths: [],
    };
    await record(() => {
      const args = { ...gateArgs(new Application("app", appArgs)), settings };
      assert.deepEqual(
        refusedPaths(() => new HealthGate("gate", args)),
        ["settings.watchMs", "settings.errorRateLimit", "settings.failures", "settings.probePaths"],
      );
    });
  });
});
