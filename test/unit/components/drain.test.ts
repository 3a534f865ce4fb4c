// Tests of the component for the drain.
import assert from "node:assert/strict";
import { Application } from "../../../components/application.ts";
import { Drain } from "../../../components/drain.ts";
import { appArgs, digestOf, drainArgs, release, URL_TEXT } from "./given.ts";
import { find, record, refusedPaths, secretOf } from "./record.ts";

describe("Drain", () => {
  it("waits for the older releases of the app", async () => {
    const recording = await record(
      () => new Drain("drain", drainArgs(new Application("app", appArgs))),
    );
    assert.deepEqual(find(recording, "lockstep:index:Drain drain-wait").inputs, {
      release,
      digest: digestOf("d"),
      url: secretOf(URL_TEXT),
      app: { kind: "local", process: "app" },
      quietMs: 2_000,
      timeoutMs: 60_000,
      allowed: ["psql"],
    });
  });

  it("refuses a time-out that no quiet time fits into", async () => {
    await record(() => {
      const args = { ...drainArgs(new Application("app", appArgs)), timeoutMs: 2_000 };
      assert.deepEqual(
        refusedPaths(() => new Drain("drain", args)),
        ["timeoutMs"],
      );
    });
  });
});
