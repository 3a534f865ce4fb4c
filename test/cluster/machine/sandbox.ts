// The namespaces of one cluster: own processes, mounts, network and host name, which end with their first process.
import { spawn } from "node:child_process";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { ToolchainError } from "../../../toolchain/progress.mjs";
import { type ClusterFolder, nodeName } from "./folder.ts";
import { childrenOf, identify, type ProcessIdentity } from "./processes.ts";

/** Waits for ever, and for every orphan, as the first process of a pid namespace has to. */
const INIT = "sleep infinity & while :; do wait; done";

/** A root whose shell was no login shell may lack the folders of system programs. */
const searchPath = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

/**
 * What a kubelet would set for the whole machine. It finds these values in files that are mounted over the kernel's, and
 * leaves the machine alone.
 */
const kernelSettings: Readonly<Record<string, string>> = {
  "vm/overcommit_memory": "1",
  "vm/panic_on_oom": "0",
  "kernel/panic": "10",
  "kernel/panic_on_oops": "1",
  "kernel/keys/root_maxkeys": "1000000",
  "kernel/keys/root_maxbytes": "25000000",
};

/**
 * Makes the namespaces. The first process lives until somebody kills it; nothing of this process's terminal is kept open. Throws
 * ToolchainError where the kernel or a container around refuses.
 */
export async function createSandbox(): Promise<ProcessIdentity> {
  const args = ["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--mount-proc"];
  const trial = await execa("unshare", [...args, "--", "true"], { reject: false });
  if (trial.exitCode !== 0) {
    throw new ToolchainError(
      "this machine does not let a test cluster have namespaces of its own.\n" +
        `  seen      ${trial.stderr.trim()}\n` +
        "  remedy    run it outside a container, or name a cluster: KUBECONFIG=FILE npm run test:cluster",
    );
  }
  const child = spawn("unshare", [...args, "--", "bash", "-c", INIT], {
    stdio: "ignore",
    detached: true,
    cwd: "/",
    env: { PATH: searchPath },
  });
  const ended = new Promise<never>((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => {
      reject(new Error(`unshare ended with ${String(code)}`));
    });
  });
  const init = await Promise.race([ended, onlyChild(child.pid!)]);
  ended.catch(() => undefined);
  child.unref();
  return init;
}

/**
 * Prepares the mounts: what the cluster's programs write below /run and /var is theirs alone, whatever path they have
 * compiled in.
 */
export async function prepareMounts(init: ProcessIdentity, folder: ClusterFolder): Promise<void> {
  const upper = join(folder.overlay, "upper");
  const work = join(folder.overlay, "work");
  const settings = join(folder.config, "kernel");
  for (const path of [upper, work, settings]) await mkdir(path, { recursive: true });
  const steps: string[][] = [
    ["mount", "--make-rshared", "/"],
    [
      "mount",
      "-t",
      "overlay",
      "overlay",
      "-o",
      `lowerdir=/var,upperdir=${upper},workdir=${work}`,
      "/var",
    ],
    ["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run"],
    ["sysctl", "-qw", "net.ipv4.ip_forward=1"],
    ["hostname", nodeName],
  ];
  for (const [name, value] of Object.entries(kernelSettings)) {
    const file = join(settings, name.replaceAll("/", "."));
    await writeFile(file, `${value}\n`);
    steps.push(["mount", "--bind", file, `/proc/sys/${name}`]);
  }
  for (const [command, ...args] of steps) {
    await execa("nsenter", [...namespaces(init), command!, ...args], { env: { PATH: searchPath } });
  }
}

/** One program of the cluster. */
export interface SandboxProgram {
  readonly argv: readonly string[];
  /** Folders that are searched for programs first, as in PATH. */
  readonly path: string;
  /** File that its stdout and stderr are added to. */
  readonly log: string;
}

/** Starts a program in the namespaces, detached from this process. Returns the process that joined them: its parent. */
export async function startInSandbox(
  init: ProcessIdentity,
  program: SandboxProgram,
): Promise<ProcessIdentity> {
  const log = await open(program.log, "a", 0o600);
  try {
    const child = spawn("nsenter", [...namespaces(init), ...program.argv], {
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
      cwd: "/",
      env: { PATH: `${program.path}:${searchPath}`, HOME: "/root" },
    });
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("spawn", resolve);
    });
    child.unref();
    return (await identify(child.pid!))!;
  } finally {
    await log.close();
  }
}

/** Arguments of nsenter that join the namespaces; a command follows. */
function namespaces(init: ProcessIdentity): string[] {
  return [
    "--target",
    String(init.pid),
    "--mount",
    "--pid",
    "--net",
    "--uts",
    "--ipc",
    "--wd=/",
    "--",
  ];
}

async function onlyChild(parent: number): Promise<ProcessIdentity> {
  for (;;) {
    const [child] = await childrenOf(parent);
    if (child) return child;
    await delay(10);
  }
}
