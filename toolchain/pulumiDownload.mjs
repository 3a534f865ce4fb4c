// Downloads the official Pulumi CLI through the npm package `pulumi`, and gives up at once where its host is out of reach.

import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { follow } from "./command.mjs";
import { pulumiVersion } from "./pins.mjs";
import { progress } from "./progress.mjs";

/** The host from which the package fetches its install script. */
const downloadOrigin = "https://get.pulumi.com";

/** How long that host may take to answer before the download counts as impossible, in ms. */
const probeMs = 3_000;

/** How long the whole download may take, in ms: 250 MB at 1 MB/s, rounded up. */
const downloadMs = 300_000;

/**
 * Downloads the CLI and its language hosts into `folder/bin`.
 * @param {string} folder is created
 * @param {NodeJS.ProcessEnv} [env] LOCKSTEP_PULUMI_DOWNLOAD=off skips it
 * @returns {Promise<{ ok: true } | { ok: false, reason: string }>} never throws: there is another way
 */
export async function downloadPulumi(folder, env = process.env) {
  if (env.LOCKSTEP_PULUMI_DOWNLOAD === "off") {
    return { ok: false, reason: "switched off by LOCKSTEP_PULUMI_DOWNLOAD=off" };
  }
  const unreachable = await probe();
  if (unreachable) {
    progress(`Pulumi's download site is out of reach (${unreachable})`);
    return { ok: false, reason: `${downloadOrigin} is out of reach: ${unreachable}` };
  }
  progress(`downloading the Pulumi CLI ${pulumiVersion} with the npm package pulumi`);
  const home = `${folder}-home`;
  mkdirSync(home, { recursive: true });
  // `npm exec` leaves nothing in the clone; the package installs into PULUMI_HOME and then runs what it has installed.
  const result = await follow(
    "npm",
    ["exec", "--yes", `--package=pulumi@${pulumiVersion}`, "--", "pulumi", "version"],
    {
      cwd: home,
      env: {
        ...env,
        PULUMI_HOME: home,
        PULUMI_VERSION: pulumiVersion,
        PULUMI_SKIP_UPDATE_CHECK: "true",
      },
      timeoutMs: downloadMs,
      onLine: (line) => progress(`  ${line}`),
    },
  );
  if (result.code !== 0) {
    rmSync(home, { recursive: true, force: true });
    const why = result.timedOut
      ? `not finished after ${downloadMs / 1000} s`
      : (result.tail.at(-1) ?? "no output");
    progress(`the download failed: ${why}`);
    return { ok: false, reason: why };
  }
  return moveInstalled(join(home, "versions", pulumiVersion), folder);
}

/**
 * @param {string} installed where the package puts a CLI
 * @param {string} folder where it is wanted
 * @returns {{ ok: true } | { ok: false, reason: string }}
 */
function moveInstalled(installed, folder) {
  try {
    readdirSync(join(installed, "bin"));
    renameSync(installed, folder);
    return { ok: true };
  } catch {
    return {
      ok: false,
      reason: "the npm package pulumi ended well but installed nothing where it should",
    };
  }
}

/** @returns {Promise<string | undefined>} why the host cannot be reached; undefined where it answers */
async function probe() {
  try {
    await fetch(downloadOrigin, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(probeMs),
    });
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError")
      return `no answer within ${probeMs / 1000} s`;
    const cause = /** @type {{ cause?: { code?: string, message?: string } }} */ (error).cause;
    return cause?.code ?? cause?.message ?? String(error);
  }
}
