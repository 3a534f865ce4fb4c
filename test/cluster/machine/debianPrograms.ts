// Programs that Debian packages: unpacked into the cache where that is enough, so that the machine gets no new services.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { withLock } from "../../../toolchain/lock.mjs";
import { cacheFolder, findOnPath } from "../../../toolchain/paths.mjs";
import { progress, ToolchainError } from "../../../toolchain/progress.mjs";

/** Unpacked: installing the first two would start their services on a machine with systemd. */
const unpacked = [
  "etcd-server",
  "containerd",
  "runc",
  "containernetworking-plugins",
  "busybox-static",
] as const;

/** Installed where the command is missing: they are made of many libraries, or every Debian has them. */
const installed: Readonly<Record<string, string>> = {
  nft: "nftables",
  ip: "iproute2",
  sysctl: "procps",
  unshare: "util-linux",
  openssl: "openssl",
  pip3: "python3-pip",
};

/** The root of the unpacked packages: programs are in `usr/bin`, `usr/sbin`, `bin` and `usr/lib/cni` below it. */
export async function ensureDebianPrograms(): Promise<string> {
  const release = await readFile("/etc/debian_version", "utf8").catch(() => undefined);
  if (process.getuid?.() !== 0 || release === undefined) {
    throw new ToolchainError(
      "a test cluster needs a Debian machine and root.\n" +
        `  seen      user ${process.getuid?.() ?? "?"}, ${release === undefined ? "no /etc/debian_version" : `Debian ${release.trim()}`}\n` +
        "  remedy    run it as root on Debian 12, or name a cluster: KUBECONFIG=FILE npm run test:cluster",
    );
  }
  const target = join(cacheFolder(), `debian-${release.trim()}-${digest()}`);
  await mkdir(cacheFolder(), { recursive: true, mode: 0o700 });
  return withLock(join(cacheFolder(), "locks", "debian"), "Debian's packages", async () => {
    await installMissing();
    if (!existsSync(target)) await unpack(target);
    return target;
  });
}

/** The folders that hold the unpacked programs, for PATH. */
export function debianPath(root: string): string {
  return ["usr/bin", "usr/sbin", "bin"].map((part) => join(root, part)).join(":");
}

function digest(): string {
  return createHash("sha256").update(unpacked.join()).digest("hex").slice(0, 8);
}

async function installMissing(): Promise<void> {
  const missing = Object.entries(installed).flatMap(([command, name]) =>
    findOnPath(command, `${process.env.PATH ?? ""}:/usr/sbin:/sbin`) ? [] : [name],
  );
  if (missing.length === 0) return;
  progress(`installing ${missing.join(", ")}`);
  await apt(["install", "--yes", "--quiet", "--no-install-recommends", ...missing]);
}

async function unpack(target: string): Promise<void> {
  progress(`fetching ${unpacked.join(", ")} from Debian`);
  const work = await mkdtemp(join(cacheFolder(), "incoming-"));
  try {
    await apt(["download", "--quiet", ...unpacked], work);
    const root = join(work, "root");
    for (const name of await readdir(work)) {
      if (name.endsWith(".deb")) await execa("dpkg", ["--extract", join(work, name), root]);
    }
    await chmod(root, 0o755);
    await rename(root, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A fresh machine has no package lists: then they are fetched, and the command is tried once more. */
async function apt(args: readonly string[], cwd = "/"): Promise<void> {
  const options = { cwd, reject: false, env: { DEBIAN_FRONTEND: "noninteractive" } } as const;
  const first = await execa("apt-get", args, options);
  if (first.exitCode === 0) return;
  await execa("apt-get", ["update", "--quiet"], options);
  const second = await execa("apt-get", args, options);
  if (second.exitCode === 0) return;
  throw new ToolchainError(
    `apt-get ${args.join(" ")} failed.\n  seen      ${second.stderr.trim().split("\n").slice(-3).join("\n            ")}\n` +
      "  remedy    check that Debian's archive is reachable (/etc/apt/sources.list), then run the same command again",
  );
}
