import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { isAlive } from "../../../../engine/process/identity.ts";
import { launch } from "../../../../engine/process/launch.ts";
import { useApp } from "../../../support/processApp.ts";

describe("launch", () => {
  const app = useApp();

  it("tells how a version ended that has ended before Node has heard of it", async () => {
    const { running, ending, logFile } = await launch(await app.version("1.0", "crash"));
    // Without a turn of the event loop: Node cannot hear of the end meanwhile.
    while (running !== undefined && isAlive(running)) continue;
    assert.equal(await ending(), "ended with exit code 3");
    assert.match(readFileSync(logFile, "utf8"), /no luck today/);
  });
});
