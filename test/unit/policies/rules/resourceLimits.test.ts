import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resourceLimits } from "../../../../policies/rules/resourceLimits.ts";
import { deployment, judge, step } from "../judge.ts";

const ENOUGH = { requests: { cpu: "50m" }, limits: { memory: "128Mi" } };
const job = (executor: object) => step({ executor: { kind: "kubernetes", ...executor } });

describe("policy resource-limits", () => {
  it("passes steps and pods that say both", () => {
    const inits = [{ name: "i", resources: { limits: { cpu: "1", memory: "1Gi" } } }];
    const pod = deployment({
      containers: [{ name: "a", resources: ENOUGH }],
      initContainers: inits,
    });
    assert.deepEqual(judge(resourceLimits, [job({ resources: ENOUGH }), pod]), [[], []]);
    assert.deepEqual(judge(resourceLimits, [step({ executor: { kind: "local" } })]), [[]]);
  });

  it("names the Job or container, and what it lacks", () => {
    const resources = { limits: { memory: "1Gi" } };
    const pod = deployment({
      containers: [{ name: "a", resources }],
      initContainers: [{ name: "i" }],
    });
    assert.deepEqual(judge(resourceLimits, [job({ resources: {} }), pod]), [
      ["The step's Job has no memory limit and no CPU request or limit."],
      [
        'The container "i" of the pod template has no memory limit and no CPU request or limit.',
        'The container "a" of the pod template has no CPU request or limit.',
      ],
    ]);
  });

  it("asks sidecars of a Job's override, and not the container that the step describes", () => {
    const containers = [{ name: "lockstep", env: [] }, { name: "proxy" }];
    const podTemplate = { spec: { containers } };
    assert.deepEqual(judge(resourceLimits, [job({ resources: ENOUGH, podTemplate })]), [
      [
        'The container "proxy" of the executor.podTemplate has no memory limit and no CPU request or limit.',
      ],
    ]);
  });

  it("looks into CronJobs", () => {
    const template = { spec: { containers: [{ name: "a" }] } };
    const cron = {
      type: "kubernetes:batch/v1:CronJob",
      props: { spec: { jobTemplate: { spec: { template } } } },
    };
    assert.equal(judge(resourceLimits, [cron])[0]!.length, 1);
  });
});
