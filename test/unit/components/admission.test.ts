// Tests of the component for the refusals that need the ledger.
import assert from "node:assert/strict";
import { Admission } from "../../../components/admission.ts";
import { approval, migrations, release, URL_TEXT, wait } from "./given.ts";
import { find, record, refusedPaths, secretOf, valueOf } from "./record.ts";

describe("Admission", () => {
  it("checks the release against the ledger", async () => {
    const args = {
      release,
      migrations,
      url: URL_TEXT,
      wait,
      managed: true,
      platform: "local" as const,
      approval,
      allowRetry: "1.1#1",
    };
    const recording = await record(() => new Admission("admission", args));
    const check = find(recording, "lockstep:index:Admission admission-check");
    assert.deepEqual(check.inputs, { ...args, url: secretOf(URL_TEXT) });
    assert.equal(check.parent, "lockstep:components:Admission admission");
    assert.equal(await valueOf(recording.result.verdict), "pass");
  });

  it("refuses a wait of nothing", async () => {
    const args = {
      release,
      migrations,
      url: URL_TEXT,
      wait: { attempts: 0, intervalMs: 0 },
      managed: false,
      platform: "local" as const,
    };
    await record(() => {
      const paths = refusedPaths(() => new Admission("admission", args));
      assert.deepEqual(paths, ["wait.attempts", "wait.intervalMs"]);
    });
  });
});
