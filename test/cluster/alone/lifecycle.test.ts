// A cluster beside the one under test comes up, and leaves nothing on the machine when it goes.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, KubeConfig, loadYaml, type V1Pod } from "@kubernetes/client-node";
import { execa } from "execa";
import { after, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually.ts";
import { pauseImage } from "../machine/configFiles.ts";
import { startCluster } from "../machine/start.ts";
import { stopCluster } from "../machine/stop.ts";

/** What a cluster could leave behind, as text that can be compared. */
async function machine() {
  return {
    interfaces: (await execa("ip", ["-brief", "link"])).stdout,
    routes: (await execa("ip", ["route"])).stdout,
    filters: (await execa("/usr/sbin/nft", ["list", "tables"])).stdout,
    mounts: await readFile("/proc/self/mountinfo", "utf8"),
    settings: (
      await execa("/usr/sbin/sysctl", [
        "vm.overcommit_memory",
        "kernel.panic",
        "net.ipv4.ip_forward",
      ])
    ).stdout,
    folders: ["/var/lib/cni", "/var/log/pods", "/run/containerd", "/opt/containerd"].map((path) =>
      existsSync(path),
    ),
  };
}

/** The control groups of a container, in every hierarchy. */
async function groupsOf(containerId: string): Promise<string[]> {
  const all = await readdir("/sys/fs/cgroup", { recursive: true });
  return all.filter((path) => path.endsWith(containerId));
}

async function processesWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes(text)) found.push(command.replaceAll("\0", " "));
  }
  return found;
}

describe("cluster lifecycle", () => {
  let path = "";
  before(async () => {
    path = await mkdtemp(join(tmpdir(), "lockstep-second-"));
  });
  after(() => stopCluster(path));

  it("leaves nothing on the machine, running pods included", async () => {
    const before = await machine();
    const folder = await startCluster(path);
    const config = new KubeConfig();
    config.loadFromFile(folder.kubeconfig);
    const core = config.makeApiClient(CoreV1Api);
    const pod = `{metadata: {name: one}, spec: {containers: [{name: main, image: "${pauseImage}"}]}}`;
    await core.createNamespacedPod({ namespace: "default", body: loadYaml<V1Pod>(pod) });
    const containerId = await eventually("a running pod", async () => {
      const { status } = await core.readNamespacedPod({ name: "one", namespace: "default" });
      const main = status?.containerStatuses?.[0];
      return main?.state?.running && main.containerID?.replace("containerd://", "");
    });
    assert.notDeepEqual(await groupsOf(containerId), []);
    assert.notEqual((await processesWith(path)).length, 0);
    assert.notDeepEqual((await machine()).interfaces, before.interfaces);

    await stopCluster(path);

    assert.deepEqual(await machine(), before);
    assert.deepEqual(await processesWith(path), []);
    assert.deepEqual(await groupsOf(containerId), []);
    assert.equal(existsSync(folder.root), false);
  });
});
