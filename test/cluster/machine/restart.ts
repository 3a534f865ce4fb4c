// A node that loses its power and comes back: what a test of a release in progress must survive.
import { readFile } from "node:fs/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { type ClusterFolder, nodeName } from "./folder.ts";
import { childrenOf, killAndWait, type ProcessIdentity } from "./processes.ts";
import { startComponents } from "./start.ts";
import { clusterProcesses, readState, writeState } from "./state.ts";
import { waitFor, waitForContainerd } from "./wait.ts";

/** What runs on a node; the API server and its like go on, as if they were on another machine. */
const onNode = ["kubelet", "containerd"] as const;

/**
 * Kills kubelet, containerd and every container of the node at once, starts the first two again, and resolves when the node
 * says that it is ready. Pods that are to run always are started again after that; others have failed.
 */
export async function restartNode(folder: ClusterFolder): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(folder.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const lastReportMs = (await readReady(core)).atMs;
  await killNode(folder);

  // Reports have whole seconds: the new kubelet's first one must not fall into the second of the old one's last.
  await waitFor(folder, "the next second", () => Date.now() >= lastReportMs + 1000);
  await startComponents(folder, ["containerd"]);
  await waitForContainerd(folder);
  await startComponents(folder, ["kubelet"]);
  await waitFor(folder, "the node to be back", async () => {
    const { isReady, atMs } = await readReady(core);
    return isReady && atMs > lastReportMs;
  });
}

/** What the kubelet last reported, and when it did. */
async function readReady(core: CoreV1Api): Promise<{ isReady: boolean; atMs: number }> {
  const node = await core.readNode({ name: nodeName });
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  return { isReady: ready?.status === "True", atMs: Number(ready?.lastHeartbeatTime) };
}

async function killNode(folder: ClusterFolder): Promise<void> {
  const state = (await readState(folder))!;
  const members = await clusterProcesses(state);
  const joined = onNode.map((name) => state.components[name]!);
  const programs = (await Promise.all(joined.map(({ pid }) => childrenOf(pid)))).flat();
  await killAndWait([...programs, ...joined]);
  // Else whoever waits for the new ones would take these for programs that have failed.
  const { kubelet: _, containerd: __, ...components } = state.components;
  await writeState(folder, { ...state, components });
  // A shim would report the end of its container, for which a power cut leaves no time.
  await killAndWait(await filterAsync(members, isShim));
  await killAndWait(await filterAsync(members, isInContainer));
}

async function isShim({ pid }: ProcessIdentity): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.split("\0")[0]!.endsWith("containerd-shim-runc-v2");
}

async function isInContainer({ pid }: ProcessIdentity): Promise<boolean> {
  const groups = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
  return groups.includes(":/k8s.io/");
}

async function filterAsync<T>(all: readonly T[], test: (one: T) => Promise<boolean>): Promise<T[]> {
  const wanted = await Promise.all(all.map(test));
  return all.filter((_, index) => wanted[index]);
}
