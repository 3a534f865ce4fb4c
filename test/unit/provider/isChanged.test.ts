// When a resource has work, told from its saved outputs: only a pass for exactly this digest is done.
import assert from "node:assert/strict";
import type { AnyResourceKind } from "../../../provider/resource.ts";
import { admission } from "../../../provider/resources/admission.ts";
import { drain } from "../../../provider/resources/drain.ts";
import { healthGate } from "../../../provider/resources/healthGate.ts";
import { step } from "../../../provider/resources/step.ts";

const KINDS: Readonly<Record<string, unknown>> = { admission, drain, healthGate, step };
const inputs = { digest: "d", release: { digest: "d", label: "1.1" } };
const pass = { ...inputs, verdict: "pass" };

describe("isChanged", () => {
  for (const [name, kind] of Object.entries(KINDS)) {
    const { isChanged } = kind as AnyResourceKind;
    for (const [what, saved, expected] of [
      ["a pass for this digest", pass, false],
      ["a pass for another digest", { ...pass, digest: "e" }, true],
      ["a fail for this digest", { ...pass, verdict: "fail" }, true],
      ["a held verdict", { ...pass, verdict: "held" }, true],
      ["a pending verdict", { ...pass, verdict: "pending" }, true],
      ["no verdict, after inputs were saved alone", inputs, true],
      ["nothing", {}, true],
    ] as const) {
      it(`of ${name} says ${String(expected)} after ${what}`, async () => {
        assert.equal(await isChanged(saved, inputs), expected);
      });
    }
  }

  for (const [name, kind, added] of [
    ["step", step, { pending: true }],
    ["drain", drain, { pending: true }],
    ["admission", admission, { unseen: true }],
  ] as const) {
    it(`of ${name} says true after a pass where its check found ${JSON.stringify(added)}`, async () => {
      const { isChanged } = kind as unknown as AnyResourceKind;
      assert.equal(await isChanged(pass, { ...inputs, ...added }), true);
    });
  }
});
