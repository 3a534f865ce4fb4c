import assert from "node:assert/strict";
import { liveProgress } from "../../../../engine/backup/liveProgress.ts";

describe("liveProgress", () => {
  it("leaves out lines that follow too fast", () => {
    const said: string[] = [];
    let nowMs = 0;
    const live = liveProgress(
      (level, message) => said.push(`${level} ${message}`),
      () => nowMs,
    );
    for (nowMs = 0; nowMs <= 500; nowMs += 50) live(`at ${String(nowMs)}`);
    assert.deepEqual(said, ["progress at 0", "progress at 250", "progress at 500"]);
  });
});
