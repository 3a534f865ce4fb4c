// What a release's real processes take.
import assert from "node:assert/strict";
import { measureProcesses } from "../../../../engine/process/processUsage.ts";
import { rollOutProcess } from "../../../../engine/process/rollOut.ts";
import { useApp } from "../../../support/processApp.ts";

describe("measureProcesses", () => {
  const app = useApp();

  it("sees CPU time and memory of the release that runs, and of no other", async () => {
    const { releaseId } = await rollOutProcess(await app.version("1.0"), { warmUpMs: 0 });
    const seen = await measureProcesses(app.id, releaseId);
    assert.ok(typeof seen !== "string");
    const [sample] = seen;
    // A Node process that has started took some CPU and more than a few MB.
    assert.ok((sample?.cpuSeconds ?? 0) > 0, JSON.stringify(sample));
    assert.ok((sample?.memoryBytes ?? 0) > 5_000_000, JSON.stringify(sample));
    assert.equal(
      await measureProcesses(app.id, "1.1-cccc"),
      "no process of the release is running",
    );
  });
});
