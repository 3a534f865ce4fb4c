// Which Kubernetes plugin tests run with: Pulumi's own where it is on PATH or can be downloaded, else the stand-in.
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import packageJson from "@pulumi/kubernetes/package.json" with { type: "json" };
import { execa } from "execa";
import { withLock } from "../../toolchain/lock.mjs";
import { cacheFolder, findOnPath } from "../../toolchain/paths.mjs";

const NAME = "pulumi-resource-kubernetes";
/** The version that the program's package asks for. */
const VERSION = packageJson.version;
const ORIGIN = "https://get.pulumi.com";
/** How long the download's host may take to answer, ms. */
const PROBE_MS = 3_000;
/** How long the download may take, ms: 60 MB at 1 MB/s, twice. */
const DOWNLOAD_MS = 120_000;
/** A download that failed is not tried again for this long, ms: one day. */
const REMEMBER_MS = 24 * 60 * 60 * 1000;

/** The folder of the stand-in. */
export const standInFolder = fileURLToPath(
  new URL("../plugins/kubernetes/", import.meta.url),
).replace(/[/\\]$/, "");

/**
 * A PATH on which Pulumi's engine finds a Kubernetes plugin: that of `env` where the official plugin is on it,
 * else one with a folder in front. Needs the Pulumi CLI on PATH where it is to download.
 */
export async function pluginPath(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const path = env.PATH ?? "";
  if (findOnPath(NAME, path) !== undefined) return path;
  return [(await downloaded(env)) ?? standInFolder, path].filter(Boolean).join(delimiter);
}

/** The folder of the downloaded plugin; undefined where it cannot be had. */
async function downloaded(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = join(cacheFolder(env), "pulumi-plugins");
  const folder = join(home, "plugins", `resource-kubernetes-v${VERSION}`);
  const failed = join(home, `kubernetes-${VERSION}.failed`);
  await mkdir(home, { recursive: true });
  return withLock(join(home, "lock"), "the Kubernetes plugin", async () => {
    if (findOnPath(NAME, folder) !== undefined) return folder;
    if (env.LOCKSTEP_PULUMI_DOWNLOAD === "off" || (await isRecent(failed))) return undefined;
    if (await download(home, env)) return folder;
    await rm(folder, { recursive: true, force: true });
    await writeFile(failed, "");
    return undefined;
  });
}

async function download(home: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const reachable = await fetch(ORIGIN, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    () => true,
    () => false,
  );
  if (!reachable) return false;
  const args = ["plugin", "install", "resource", "kubernetes", `v${VERSION}`];
  const { exitCode } = await execa("pulumi", args, {
    env: { ...env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
    extendEnv: false,
    timeout: DOWNLOAD_MS,
    reject: false,
  });
  return exitCode === 0;
}

async function isRecent(file: string): Promise<boolean> {
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => Infinity,
  );
  return age < REMEMBER_MS;
}
