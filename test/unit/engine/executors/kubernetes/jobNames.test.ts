// Names and labels: valid whatever a project is called, stable, and never shared.
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  jobName,
  labelValue,
  stepLabels,
} from "../../../../../engine/executors/kubernetes/jobNames.ts";
import type { StepSpec } from "../../../../../engine/executors/runStep.ts";
import { selectorOf } from "../../../../../engine/kubernetes/objects.ts";

function specOf(project: string, stack: string, more: Partial<StepSpec> = {}): StepSpec {
  const release = { digest: "0123456789abcdef".repeat(4), label: "1.0", project, stack };
  return { step: "expand", release, ...more } as StepSpec;
}

describe("jobName", () => {
  it("reads as what it is", () => {
    assert.equal(jobName(specOf("shop", "prod"), 2), "shop-prod-expand-0123456789ab-2");
    const backup = specOf("shop", "prod", { step: "backup", before: "contract" });
    assert.equal(jobName(backup, 1), "shop-prod-backup-before-contract-0123456789ab-1");
  });

  it("is a DNS label that leaves room for a pod's, whatever project and stack are called", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 80 }),
        fc.string({ maxLength: 80 }),
        (a, b) => {
          const name = jobName(specOf(a, b, { step: "backup", before: "contract" }), 12);
          assert.match(name, /^[a-z]([a-z0-9-]*[a-z0-9])?$/);
          assert.ok(name.length <= 57, name);
        },
      ),
    );
  });

  it("tells stacks apart whose names look alike as DNS labels", () => {
    const names = ["Shop", "shop", "s.hop", "s_hop", "x".repeat(60), "x".repeat(61)].map(
      (project) => jobName(specOf(project, "prod"), 1),
    );
    assert.equal(new Set(names).size, names.length);
  });
});

describe("labelValue", () => {
  it("leaves a valid one, and makes a valid one of any other", () => {
    assert.equal(labelValue("1.1-3f9c2ab41c07"), "1.1-3f9c2ab41c07");
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        const value = labelValue(text);
        assert.match(value, /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/);
        assert.ok(value.length <= 63);
      }),
    );
  });

  it("tells texts apart that are cut alike", () => {
    assert.notEqual(labelValue("x".repeat(70)), labelValue("x".repeat(71)));
  });
});

describe("selectorOf", () => {
  it("selects a step of one release of one stack", () => {
    assert.equal(
      selectorOf(stepLabels(specOf("shop", "prod"))),
      "lockstep.dev/project=shop,lockstep.dev/stack=prod,lockstep.dev/step=expand,lockstep.dev/release=1.0-0123456789ab",
    );
  });
});
