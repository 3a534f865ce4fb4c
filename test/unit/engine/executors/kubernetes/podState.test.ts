// Why a pod does not start, in the cluster's own words.
import assert from "node:assert/strict";
import { whyWaiting } from "../../../../../engine/executors/kubernetes/podState.ts";
import type { ClusterEvent } from "../../../../../engine/kubernetes/objects.ts";
import type { Pod } from "../../../../../engine/kubernetes/pods.ts";

const metadata = { name: "p", uid: "u" };
function podIn(status: object): Pod {
  return { metadata, spec: { containers: [] }, status };
}
function waitingFor(reason: string, message = "so"): Pod {
  const state = { waiting: { reason, message } };
  return podIn({ containerStatuses: [{ name: "lockstep", state }] });
}
const event = (reason: string, message: string): ClusterEvent => ({
  metadata,
  reason,
  message,
  involvedObject: { name: "p" },
});

describe("whyWaiting", () => {
  for (const [reason, hope] of [
    ["ImagePullBackOff", "stuck"],
    ["InvalidImageName", "no"],
    ["CreateContainerConfigError", "stuck"],
  ] as const) {
    it(`tells ${reason} with kubelet's message`, () => {
      const waiting = whyWaiting(waitingFor(reason), []);
      assert.equal(waiting?.text, `container lockstep: ${reason}: so`);
      assert.equal(waiting.hope, hope);
    });
  }

  it("tells why no node takes the pod, and goes on hoping", () => {
    const scheduled = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/1 nodes",
    };
    const waiting = whyWaiting(podIn({ conditions: [scheduled] }), []);
    assert.equal(waiting?.text, "no node takes the pod: Unschedulable: 0/1 nodes");
    assert.equal(waiting.hope, "yes");
  });

  it("tells what only events say: no pod is created, a volume cannot be mounted", () => {
    const events = [event("Pulled", "x"), event("FailedCreate", "exceeded quota")];
    assert.equal(
      whyWaiting(undefined, events)?.text,
      "the pod cannot start: FailedCreate: exceeded quota",
    );
    const mount = [event("FailedMount", 'configmap "a" not found')];
    assert.match(whyWaiting(waitingFor("ContainerCreating"), mount)?.text ?? "", /configmap "a"/);
  });

  it("takes the latest event only: what was mended holds nothing up", () => {
    const failed = { ...event("FailedMount", "no"), lastTimestamp: "2026-11-21T08:00:02Z" };
    const pulling = { ...event("Pulling", "image"), lastTimestamp: "2026-11-21T08:00:03Z" };
    const pod = waitingFor("ContainerCreating");
    assert.equal(whyWaiting(pod, [pulling, failed]), undefined);
    const again = { ...failed, lastTimestamp: "2026-11-21T08:00:04Z" };
    assert.match(whyWaiting(pod, [again, pulling])?.text ?? "", /FailedMount/);
  });

  it("has nothing to tell of a pod that is being started, runs or has ended", () => {
    assert.equal(whyWaiting(waitingFor("ContainerCreating"), []), undefined);
    for (const state of [{ running: {} }, { terminated: { exitCode: 0 } }]) {
      const pod = podIn({ containerStatuses: [{ name: "lockstep", state }] });
      assert.equal(whyWaiting(pod, [event("FailedMount", "earlier")]), undefined);
    }
  });
});
