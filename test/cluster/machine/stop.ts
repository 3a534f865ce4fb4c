// Ends a cluster and removes all of it.
import { readFile, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { clusterFolder } from "./folder.ts";
import { removeCable } from "./network.ts";
import { isRunning, killAndWait } from "./processes.ts";
import { type ClusterState, clusterProcesses, readState } from "./state.ts";

/**
 * Ends the cluster in `path` and removes the folder. Its namespaces end with their first process, and with them every process,
 * mount, interface and packet filter rule in them. Does nothing where there is none.
 */
export async function stopCluster(path: string): Promise<void> {
  const folder = clusterFolder(path);
  const state = await readState(folder);
  if (state) {
    const running = await isRunning(state.init);
    const containers = running ? await containersOf(state) : new Set<string>();
    if (state.network > 0) await removeCable(state.network);
    await killAndWait([state.init, ...Object.values(state.components)]);
    await removeControlGroups(containers);
  }
  await rm(folder.root, { recursive: true, force: true });
}

/** The ids of the cluster's running containers: containerd names their control groups after them. */
async function containersOf(state: ClusterState): Promise<Set<string>> {
  const found = new Set<string>();
  for (const { pid } of await clusterProcesses(state)) {
    const text = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
    for (const [, id] of text.matchAll(/:\/k8s\.io\/(\w+)/g)) found.add(id!);
  }
  return found;
}

/** Removes what killed containers leave in the hierarchies of control groups: one (version 2) or many (version 1). */
async function removeControlGroups(containers: Set<string>): Promise<void> {
  const root = "/sys/fs/cgroup";
  const hierarchies = await readdir(root, { withFileTypes: true });
  for (const base of [
    root,
    ...hierarchies.filter((one) => one.isDirectory()).map(({ name }) => join(root, name)),
  ]) {
    const parent = join(base, "k8s.io");
    for (const id of containers) await rmdir(join(parent, id)).catch(() => undefined);
    // Refused while another cluster has containers in there.
    await rmdir(parent).catch(() => undefined);
  }
}
