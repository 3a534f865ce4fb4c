// How far a rollout is, and what keeps a pod from coming up.
import assert from "node:assert/strict";
import type { Deployment } from "../../../../engine/kubernetes/deployment.ts";
import { findFault } from "../../../../engine/kubernetes/podFaults.ts";
import type { ContainerStatus, Pod } from "../../../../engine/kubernetes/pods.ts";
import type { ClusterApp } from "../../../../engine/kubernetes/releasePods.ts";
import { judgeRollout } from "../../../../engine/kubernetes/rolloutStatus.ts";

const APP = { releaseLabel: "release", container: "app", deployment: "shop" } as ClusterApp;
const WANTED = { releaseId: "1.1-a", image: "shop:1.1" };

interface PodParts {
  readonly release?: string;
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly phase?: NonNullable<Pod["status"]>["phase"];
  readonly container?: Partial<ContainerStatus>;
  readonly unschedulable?: string;
}

function pod(name: string, parts: PodParts = {}): Pod {
  const { release = "1.1-a", ready = true, terminating = false, phase = "Running" } = parts;
  return {
    metadata: {
      name,
      uid: name,
      labels: { release },
      ...(terminating && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { containers: [{ name: "app", image: "shop:1.1" }] },
    status: {
      phase,
      conditions: [
        { type: "Ready", status: ready ? "True" : "False" },
        ...(parts.unschedulable
          ? [{ type: "PodScheduled", status: "False" as const, message: parts.unschedulable }]
          : []),
      ],
      ...(parts.container && {
        containerStatuses: [{ name: "app", ready, restartCount: 0, ...parts.container }],
      }),
    },
  };
}

function deployment(
  over: { release?: string; image?: string; observed?: number } = {},
): Deployment {
  const { release = "1.1-a", image = "shop:1.1", observed = 4 } = over;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop", namespace: "web", uid: "u", resourceVersion: "1", generation: 4 },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "shop" } },
      template: {
        metadata: { labels: { release } },
        spec: { containers: [{ name: "app", image }] },
      },
    },
    status: { observedGeneration: observed, updatedReplicas: 2 },
  };
}

const judge = (pods: readonly Pod[], of = deployment()) =>
  judgeRollout({ deployment: of, pods }, APP, WANTED);

describe("judgeRollout", () => {
  it("is done when all pods are the release's and ready, whatever still ends", () => {
    const ending = pod("old", { release: "1.0-b", terminating: true });
    assert.equal(judge([pod("a"), pod("b"), ending]).kind, "done");
  });

  it("waits for the controller, for each pod, and for the others to go", () => {
    const all = [pod("a"), pod("b")];
    assert.equal(judge(all, deployment({ observed: 3 })).kind, "waiting");
    const one = judge([pod("a"), pod("b", { ready: false })]);
    assert.ok(one.kind === "waiting" && one.text.startsWith("1 of 2 pods ready; pod b:"));
    const old = judge([...all, pod("c", { release: "1.0-b" })]);
    assert.ok(old.kind === "waiting" && old.text.includes("1 of other releases left"));
  });

  it("counts no pod that was evicted", () => {
    const evicted = pod("e", { phase: "Failed", ready: false });
    assert.equal(judge([pod("a"), pod("b"), evicted]).kind, "done");
    assert.equal(judge([pod("a"), evicted]).kind, "waiting");
  });

  it("fails as soon as one pod certainly will not come up", () => {
    const waiting = { reason: "InvalidImageName", message: "couldn't parse it" };
    const failed = judge([pod("a"), pod("b", { ready: false, container: { state: { waiting } } })]);
    assert.ok(failed.kind === "failed");
    assert.match(failed.text, /pod b: container app: InvalidImageName: couldn't parse it/);
  });

  it("knows another release, another image and no Deployment", () => {
    const other = judge([], deployment({ release: "1.2-c" }));
    assert.ok(other.kind === "other" && other.releaseId === "1.2-c");
    const image = judge([], deployment({ image: "shop:latest" }));
    assert.ok(image.kind === "other" && image.text.includes("shop:latest, expected shop:1.1"));
    assert.equal(judgeRollout({ deployment: undefined, pods: [] }, APP, WANTED).kind, "other");
  });
});

describe("findFault", () => {
  const fault = (container: Partial<ContainerStatus>) =>
    findFault(pod("p", { ready: false, container }));

  it("takes an image that a registry does not have for certain, a network's fault not", () => {
    const missing = { reason: "ErrImagePull", message: "shop:9: not found" };
    assert.equal(fault({ state: { waiting: missing } })?.isCertain, true);
    const away = { reason: "ImagePullBackOff", message: "dial tcp: connection refused" };
    assert.equal(fault({ state: { waiting: away } })?.isCertain, false);
  });

  it("takes a crash for certain once it comes again and again", () => {
    const lastState = { terminated: { exitCode: 3, reason: "Error" } };
    const state = { waiting: { reason: "CrashLoopBackOff" } };
    assert.equal(fault({ restartCount: 1, state, lastState })?.isCertain, false);
    const third = fault({ restartCount: 2, state, lastState });
    assert.ok(third?.isCertain && third.hasCrashed);
    assert.equal(third.text, "container app crashes (exit code 3), started again 2 times");
  });

  it("names memory, scheduling and readiness", () => {
    const lastState = { terminated: { exitCode: 137, reason: "OOMKilled" } };
    assert.match(fault({ restartCount: 1, lastState })?.text ?? "", /OOMKilled/);
    const nowhere = findFault(pod("p", { ready: false, unschedulable: "0/3 nodes" }));
    assert.equal(nowhere?.text, "no node takes it: 0/3 nodes");
    const state = { running: {} };
    assert.equal(fault({ state, ready: false })?.text, "container app runs, but is not ready");
    assert.equal(findFault(pod("p")), undefined);
  });
});
