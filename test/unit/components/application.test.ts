// Tests of the component for the rollout.
import assert from "node:assert/strict";
import { Application } from "../../../components/application.ts";
import { appArgs, URL_TEXT } from "./given.ts";
import { find, record, refusedPaths, secretOf, valueOf } from "./record.ts";

describe("Application", () => {
  it("is a process whose environment and ledger stay secret", async () => {
    const recording = await record(() => new Application("app", appArgs));
    const process = find(recording, "lockstep:index:Process app-process");
    const { platform: _platform, service: _service, ...plain } = appArgs;
    assert.deepEqual(process.inputs, {
      ...plain,
      name: "app",
      url: secretOf(URL_TEXT),
      env: secretOf({ DATABASE_URL: URL_TEXT, MODE: "x" }),
    });
    assert.deepEqual(process.secretOutputs.toSorted(), ["env", "url"]);
    assert.equal(await valueOf(recording.result.baseUrl), "http://127.0.0.1:8080");
  });

  it("refuses what can't be started, all at once", async () => {
    const bad = { ...appArgs, command: [], port: 0, healthPath: "health", treeDigest: "" };
    await record(() => {
      const paths = refusedPaths(() => new Application("app", bad));
      assert.deepEqual(paths, ["treeDigest", "command", "port", "healthPath"]);
    });
  });
});
