import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Checked } from "../../../../policies/rule.ts";
import { noSkipWithPendingFiles } from "../../../../policies/rules/noSkipWithPendingFiles.ts";
import { judge, step } from "../judge.ts";

const said = (resource: Checked, mode?: string) =>
  judge(noSkipWithPendingFiles, [resource], { environment: "dev", mode })[0]!.join();

describe("policy no-skip-with-pending-files", () => {
  it("refuses skip from the config, or from the step itself, where a stage is pending", () => {
    assert.match(said(step({ step: "expand", pending: true }), "skip"), /the expand stage's/);
    assert.match(said(step({ step: "contract", pending: true, mode: "skip" })), /contract/);
    assert.match(said(step({ step: "expand", pending: true, settings: { mode: "skip" } })), /skip/);
  });

  it("names the files where they are known", () => {
    const admission = {
      type: "lockstep:index:Admission",
      props: { pendingFiles: ["03_add_phone", "04_fill"] },
    };
    assert.match(said(admission, "skip"), /pending: 03_add_phone, 04_fill\./);
  });

  it("passes skip with nothing pending, and any other mode", () => {
    assert.equal(said(step({ step: "expand", pending: false }), "skip"), "");
    assert.equal(said(step({ step: "verify", pending: true }), "skip"), "");
    for (const mode of [undefined, "auto", "manual"]) {
      assert.equal(said(step({ step: "expand", pending: true }), mode), "");
    }
  });
});
