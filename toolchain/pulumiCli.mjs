// Finds the Pulumi CLI, or gets it: from PATH, from the cache, by download, or built from its Go module.

import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { readOutput } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, findOnPath, isExecutable } from "./paths.mjs";
import { minimumGoVersion, minimumPulumiVersion, pulumiVersion } from "./pins.mjs";
import { ToolchainError } from "./progress.mjs";
import { buildPulumi, findGo } from "./pulumiBuild.mjs";
import { downloadPulumi } from "./pulumiDownload.mjs";
import { isAtLeast, parseVersion } from "./versions.mjs";

/**
 * A Pulumi CLI that can be used.
 * @typedef {{ path: string, origin: "path" | "official" | "built" }} PulumiCli
 */

/**
 * Where a cached CLI of the pinned version lies. The version, the machine and where it came from are in the name, so that
 * an upgrade, a shared home or a better source never meets another's file.
 * @param {"official" | "built"} origin
 * @param {string} [cache]
 * @returns {string} the folder that holds `bin/pulumi`
 */
export function cachedCliFolder(origin, cache = cacheFolder()) {
  return join(cache, `pulumi-${pulumiVersion}-${origin}-${process.platform}-${process.arch}`);
}

/**
 * Chooses what to do, from what there is. Pure; {@link ensurePulumiCli} does it.
 * @param {{ onPath?: string, official?: boolean, built?: boolean }} found `onPath` is the version on PATH
 * @returns {"path" | "official" | "built" | "get"}
 */
export function chooseCli(found) {
  if (found.onPath && isAtLeast(found.onPath, minimumPulumiVersion)) return "path";
  if (found.official) return "official";
  if (found.built) return "built";
  return "get";
}

/**
 * Finds or gets the CLI.
 * @returns {Promise<PulumiCli>}
 * @throws {ToolchainError} with what to install, where neither way is possible
 */
export async function ensurePulumiCli() {
  const found = findPulumiCli();
  if (found) return found;
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  return withLock(
    join(cache, "locks", "pulumi"),
    "the Pulumi CLI",
    async () => findPulumiCli() ?? (await getPulumiCli()),
  );
}

/**
 * Finds a CLI without getting one.
 * @returns {PulumiCli | undefined}
 */
export function findPulumiCli() {
  const onPath = findOnPath("pulumi", process.env.PATH);
  const official = join(cachedCliFolder("official"), "bin", "pulumi");
  const built = join(cachedCliFolder("built"), "bin", "pulumi");
  const choice = chooseCli({
    ...(onPath && { onPath: cliVersion(onPath) ?? "" }),
    official: isPinned(official),
    built: isPinned(built),
  });
  if (choice === "path" && onPath) {
    // A folder of ours on PATH (from `npm run -s env`) is still ours.
    return { path: onPath, origin: onPath === built ? "built" : "path" };
  }
  if (choice === "official") return { path: official, origin: choice };
  if (choice === "built") return { path: built, origin: choice };
  return undefined;
}

/**
 * Downloads the CLI or builds it, and puts it into the cache in one step, so that a killed set-up leaves nothing half done.
 * @returns {Promise<PulumiCli>}
 */
async function getPulumiCli() {
  const cache = cacheFolder();
  removeLeftovers(cache);
  const work = mkdtempSync(join(cache, "incoming-"));
  try {
    const download = await downloadPulumi(join(work, "official"));
    if (download.ok) return publish(join(work, "official"), "official");
    const go = findGo();
    if (!go.ok) throw neitherWay(download.reason, go.reason);
    await buildPulumi(go.path, join(work, "built"));
    return publish(join(work, "built"), "built");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder with `bin/pulumi`
 * @param {"official" | "built"} origin
 * @returns {PulumiCli}
 */
function publish(folder, origin) {
  const path = join(folder, "bin", "pulumi");
  const version = isExecutable(path)
    ? readOutput(path, ["version"], { env: quietEnvironment() })
    : undefined;
  if (!version || parseVersion(version)?.join(".") !== pulumiVersion) {
    throw new ToolchainError(
      `the ${origin} Pulumi CLI is not the pinned one.\n` +
        `  expected  v${pulumiVersion}\n` +
        `  seen      ${version ?? "a program that does not answer `pulumi version`"}\n` +
        "  remedy    run the same command again; if it stays so, report it",
    );
  }
  const target = cachedCliFolder(origin);
  rmSync(target, { recursive: true, force: true });
  renameSync(folder, target);
  return { path: join(target, "bin", "pulumi"), origin };
}

/**
 * @param {string} noDownload why it cannot be downloaded
 * @param {string} noBuild why it cannot be built
 * @returns {ToolchainError}
 */
function neitherWay(noDownload, noBuild) {
  return new ToolchainError(
    `there is no Pulumi CLI ${minimumPulumiVersion} or newer, and no way to get one here.\n` +
      "  PATH      no new enough `pulumi`\n" +
      `  download  ${noDownload}\n` +
      `  build     ${noBuild}\n` +
      "  remedy    one of these, then run the same command again:\n" +
      "            - install Pulumi: https://www.pulumi.com/docs/install/\n" +
      `            - install Go ${minimumGoVersion} or newer (https://go.dev/dl/) and lockstep builds the CLI from its Go module\n` +
      `            - copy ${cacheFolder()} from a machine of the same kind that has been set up`,
  );
}

/**
 * Asks a CLI for its version, once for each file: the answer is remembered together with the file's size and time,
 * because starting a program of 110 MB takes longer than all the rest of a finished set-up.
 * @param {string} path
 * @returns {string | undefined}
 */
export function cliVersion(path) {
  const { size, mtimeMs } = statSync(path);
  const memoryPath = join(cacheFolder(), "cli-versions.json");
  const key = `${path}:${size}:${mtimeMs}`;
  const memory = readMemory(memoryPath);
  if (typeof memory[key] === "string") return memory[key];
  const version = readOutput(path, ["version"], { env: quietEnvironment() });
  if (version === undefined) return undefined;
  // Only the last few are kept: each upgrade adds one.
  const kept = Object.fromEntries([...Object.entries(memory).slice(-9), [key, version]]);
  mkdirSync(dirname(memoryPath), { recursive: true, mode: 0o700 });
  const temporary = `${memoryPath}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(kept), { mode: 0o600 });
  renameSync(temporary, memoryPath);
  return version;
}

/**
 * @param {string} path
 * @returns {boolean} whether a cached CLI is there and answers with the pinned version
 */
function isPinned(path) {
  return isExecutable(path) && parseVersion(cliVersion(path) ?? "")?.join(".") === pulumiVersion;
}

/**
 * @param {string} path
 * @returns {Record<string, unknown>}
 */
function readMemory(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return {};
  }
}

/** @returns {NodeJS.ProcessEnv} an environment in which `pulumi version` asks nobody for updates */
function quietEnvironment() {
  return { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
}

/**
 * Removes what killed set-ups left in the cache. Called under the lock, so nobody else is at work there.
 * @param {string} cache
 */
function removeLeftovers(cache) {
  for (const name of readdirSync(cache)) {
    if (name.startsWith("incoming-")) rmSync(join(cache, name), { recursive: true, force: true });
  }
}
