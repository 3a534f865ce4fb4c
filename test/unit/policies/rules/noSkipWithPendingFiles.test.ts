import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { noSkipWithPendingFiles } from "../../../../policies/rules/noSkipWithPendingFiles.ts";
import { judge, step } from "../judge.ts";

const said = (props: Readonly<Record<string, unknown>>) =>
  judge(noSkipWithPendingFiles, [{ type: "lockstep:index:Admission", props }])[0]!.join();

describe("policy no-skip-with-pending-files", () => {
  it("names the files that admission says are left out", () => {
    assert.match(
      said({ leftOut: ["03_add_phone", "04_fill"] }),
      /risk\.mode is skip[^]*pending: 03_add_phone, 04_fill\./,
    );
  });

  it("passes where nothing is, and what is only pending", () => {
    assert.equal(said({}), "");
    assert.equal(said({ leftOut: [] }), "");
    const pending = judge(noSkipWithPendingFiles, [step({ step: "expand", pending: true })]);
    assert.equal(pending[0]!.join(), "");
  });
});
