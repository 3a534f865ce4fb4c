// What the metrics API says of pods, and what it means where it says nothing.
import assert from "node:assert/strict";
import type { Cluster } from "../../../../engine/kubernetes/client.ts";
import { apiError, ApiFailure } from "../../../../engine/kubernetes/clusterError.ts";
import { podUsage, readPodMetrics } from "../../../../engine/kubernetes/podMetrics.ts";

const ASK = { timeoutMs: 1000 };

function pod(name: string, ...containers: readonly (readonly [string?, string?])[]) {
  return {
    metadata: { name },
    containers: containers.map(([cpu, memory]) => ({
      usage: { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) },
    })),
  };
}

describe("podUsage", () => {
  it("adds a pod's containers up, and leaves other pods out", () => {
    const items = [pod("a", ["250m", "64Mi"], ["50000000n", "32Mi"]), pod("old", ["2", "1Gi"])];
    assert.deepEqual(podUsage(items, new Set(["a", "b"])), [
      { instance: "pod a", cpuSeconds: null, cpuCores: 0.3, memoryBytes: 96 * 1024 ** 2 },
    ]);
  });

  it("does not know a sum of which a part is missing or unreadable", () => {
    const items = [pod("a", ["250m", "64Mi"], ["1"]), pod("b", ["?", "1Mi"])];
    assert.deepEqual(podUsage(items, new Set(["a", "b"])), [
      { instance: "pod a", cpuSeconds: null, cpuCores: 1.25, memoryBytes: null },
      { instance: "pod b", cpuSeconds: null, memoryBytes: 1024 ** 2 },
    ]);
  });

  it("says so where none of them has been measured yet", () => {
    const none = "the metrics server has not measured its pods yet";
    assert.equal(podUsage([], new Set(["a"])), none);
    assert.equal(podUsage([pod("a")], new Set(["a"])), none);
  });
});

describe("readPodMetrics", () => {
  const answering = (request: Cluster["request"]) =>
    readPodMetrics({ namespace: "shop", request }, { release: "1.1" }, ASK);
  const refusing = (code: number) =>
    answering(() => {
      const failure = new ApiFailure({ code, message: "no" });
      return Promise.reject(apiError(failure, { cluster: "c", doing: "read" }));
    });

  it("asks for the pods with the labels", async () => {
    const asked: unknown[] = [];
    const request = (...question: unknown[]) => {
      asked.push(question.slice(0, 2), (question[2] as { query: unknown }).query);
      return Promise.resolve({ items: [pod("a", ["1m", "1Ki"])] });
    };
    const items = await answering(request as Cluster["request"]);
    assert.ok(Array.isArray(items) && items.length === 1);
    assert.deepEqual(asked, [
      ["GET", "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods"],
      { labelSelector: "release=1.1" },
    ]);
  });

  it("tells each lack, and throws for none", async () => {
    assert.equal(await refusing(404), "the cluster has no metrics server");
    assert.equal(await refusing(403), "the account may not list pods of metrics.k8s.io");
    assert.equal(await refusing(503), "the cluster's metrics server does not answer");
    assert.equal(await refusing(500), "The cluster refused to read");
  });
});
