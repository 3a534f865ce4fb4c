// Starts a cluster in a folder, waits until a pod could run, and leaves it running.
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  loadAllYaml,
  PatchStrategy,
} from "@kubernetes/client-node";
import { rootFolder } from "../../../toolchain/paths.mjs";
import { progress, ToolchainError } from "../../../toolchain/progress.mjs";
import { loadImages } from "../images/load.ts";
import { makeCertificates } from "./certificates.ts";
import { type ComponentContext, type ComponentName, componentCommands } from "./components.ts";
import { writeConfigFiles } from "./configFiles.ts";
import { debianPath, ensureDebianPrograms } from "./debianPrograms.ts";
import { type ClusterFolder, clusterFolder, nodeName } from "./folder.ts";
import { clusterNetwork, type ClusterNetwork, layCable } from "./network.ts";
import { isRunning } from "./processes.ts";
import { ensurePrograms } from "./programs.ts";
import { createSandbox, prepareMounts, startInSandbox } from "./sandbox.ts";
import { type ClusterState, readState, writeState } from "./state.ts";
import { stopCluster } from "./stop.ts";
import { waitFor, waitForContainerd } from "./wait.ts";

/** What the control plane wants to be up before it is started itself comes first. */
const controlPlane: readonly ComponentName[] = ["etcd", "containerd", "kube-apiserver"];
const afterApiServer: readonly ComponentName[] = [
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
];
const afterNode: readonly ComponentName[] = [
  "kube-proxy",
  "coredns",
  "provisioner",
  "metrics-server",
];

/** Where the programs lie: see state.ts. */
type Tools = Pick<ClusterState, "programs" | "debian">;

/**
 * Starts a cluster in `path`, or finds it running there. When it resolves the node is ready and names are answered; images
 * are still to be imported. Throws ToolchainError, with nothing left running, where it cannot be started.
 */
export async function startCluster(path: string): Promise<ClusterFolder> {
  const folder = clusterFolder(path);
  const before = await readState(folder);
  if (before && (await isRunning(before.init))) return folder;
  if (before || existsSync(folder.root)) await stopCluster(folder.root);
  const debian = await ensureDebianPrograms();
  const programs = await ensurePrograms();
  await mkdir(folder.root, { recursive: true });
  // Pods run as other users, and their volumes lie in here.
  await chmod(folder.root, 0o711);
  for (const part of [folder.config, folder.logs, folder.etcd, folder.containerd]) {
    await mkdir(part, { mode: 0o700 });
  }
  await mkdir(folder.volumes, { mode: 0o711 });
  try {
    await startIn(folder, { programs, debian });
  } catch (error) {
    const tails = await logTails(folder);
    await stopCluster(folder.root);
    if (error instanceof ToolchainError) throw error;
    throw new ToolchainError(
      `the test cluster did not start.\n  seen      ${String(error)}\n${tails}`,
      { cause: error },
    );
  }
  return folder;
}

async function startIn(folder: ClusterFolder, tools: Tools): Promise<void> {
  const started = performance.now();
  const init = await createSandbox();
  await writeState(folder, { init, network: 0, ...tools, components: {} });
  const number = await layCable(init);
  await writeState(folder, { init, network: number, ...tools, components: {} });
  await prepareMounts(init, folder);
  const network = clusterNetwork(number);
  await makeCertificates(folder, network);
  await writeConfigFiles(folder, network, tools.debian);

  await startComponents(folder, controlPlane);
  const config = new KubeConfig();
  config.loadFromFile(folder.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  await waitFor(folder, "the API server", async () => {
    await core.listNamespace();
    return true;
  });
  await waitForContainerd(folder);
  await startComponents(folder, afterApiServer);
  // The server gives out no address of a Service until it knows its ranges, a moment after it first answers.
  await waitFor(folder, "the objects of its parts", async () => {
    await applyManifests(config, network);
    return true;
  });
  await waitFor(folder, "the node's address", async () => {
    const node = await core.readNode({ name: nodeName });
    return (node.status?.addresses ?? []).length > 0;
  });
  await startComponents(folder, afterNode);
  await waitFor(folder, "the node to be ready", async () => {
    const node = await core.readNode({ name: nodeName });
    return (node.status?.conditions ?? []).some(
      ({ type, status }) => type === "Ready" && status === "True",
    );
  });
  await waitFor(folder, "the name server", async () => {
    const answer = await fetch(`http://${network.nodeAddress}:8181/ready`);
    return answer.ok;
  });
  await waitFor(folder, "the namespace's service account", async () => {
    await core.readNamespacedServiceAccount({ namespace: "default", name: "default" });
    return true;
  });
  await loadImages(folder);
  progress(`cluster ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

/** Starts components that do not run, and records them. */
export async function startComponents(
  folder: ClusterFolder,
  names: readonly ComponentName[],
): Promise<void> {
  for (const name of names) {
    const state = (await readState(folder))!;
    const context: ComponentContext = {
      folder,
      network: clusterNetwork(state.network),
      programs: state.programs,
      debian: state.debian,
    };
    const joined = await startInSandbox(state.init, {
      argv: componentCommands(context)[name],
      path: debianPath(state.debian),
      log: join(folder.logs, `${name}.log`),
    });
    const components: ClusterState["components"] = { ...state.components, [name]: joined };
    await writeState(folder, { ...state, components });
  }
}

async function applyManifests(config: KubeConfig, network: ClusterNetwork): Promise<void> {
  const api = KubernetesObjectApi.makeApiClient(config);
  const file = await readFile(join(rootFolder, "test/cluster/machine/manifests.yaml"), "utf8");
  const text = file.replaceAll("NODE_ADDRESS", network.nodeAddress);
  for (const manifest of loadAllYaml(text) as KubernetesObject[]) {
    await api.patch(
      manifest,
      undefined,
      undefined,
      "lockstep-test",
      true,
      PatchStrategy.ServerSideApply,
    );
  }
}

/** The last lines of each component's log, for the message of a start that failed. */
async function logTails(folder: ClusterFolder): Promise<string> {
  const state = await readState(folder);
  let text = "";
  for (const name of Object.keys(state?.components ?? {})) {
    const log = await readFile(join(folder.logs, `${name}.log`), "utf8").catch(() => "");
    const lines = log.trimEnd().split("\n").slice(-3);
    text += lines.map((line) => `  ${name}: ${line.slice(0, 300)}\n`).join("");
  }
  return text;
}
