// `npm run test:cluster`: runs the tests of test/cluster on a real Kubernetes, and ends with `N passed, N failed`.

import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { ensureBundle } from "./bundle.mjs";
import { runForeground } from "./command.mjs";
import { entries } from "./entries.mjs";
import { isAlive, ownerName } from "./lock.mjs";
import { findTests, runMocha } from "./mochaRun.mjs";
import { rootFolder } from "./paths.mjs";
import { progress, runMain, ToolchainError } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";
import { withTestEnvironment } from "./testEnvironment.mjs";

/** Where the folders of clusters lie: short, because a socket's path may have 107 characters. */
const prefix = join(tmpdir(), "lockstep-cluster-");

/**
 * Tests in here do what every other test would notice, such as restarting the node: they run last, one file at a time, and
 * only where the cluster was started on this machine.
 */
const aloneFolder = join("test", "cluster", "alone");

await runMain(async () => {
  const paths = process.argv.slice(2);
  const setup = await ensureSetup();
  for (const name of /** @type {import("./bundle.mjs").BundleName[]} */ (Object.keys(entries))) {
    await ensureBundle(name);
  }
  const counts = await withCluster((kubeconfig) =>
    withTestEnvironment(setup, (env) =>
      runSuites(paths.length > 0 ? paths : [join("test", "cluster")], {
        ...env,
        KUBECONFIG: kubeconfig,
      }),
    ),
  );
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
});

/**
 * Runs `work` with a cluster: the one of KUBECONFIG, or one that is started for it and removed afterwards, also after Ctrl-C.
 * @template T
 * @param {(kubeconfig: string) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withCluster(work) {
  const given = process.env.KUBECONFIG;
  if (given) {
    if (!existsSync(given)) {
      throw new ToolchainError(
        `the cluster that KUBECONFIG names cannot be reached: there is no file ${given}.\n` +
          "  remedy    name an existing file, or unset KUBECONFIG to have a cluster started here",
      );
    }
    progress(`using the cluster of ${given}`);
    return work(resolve(given));
  }
  await removeLeftovers();
  const folder = mkdtempSync(`${prefix}${ownerName(process.pid).replace(/@[^@]*$/, "")}-`);
  try {
    const code = await cluster("up", folder);
    if (code !== 0)
      throw new ToolchainError("no test cluster, so no test of one.", { exitCode: 1 });
    return await work(join(folder, "kubeconfig"));
  } finally {
    await cluster("down", folder);
  }
}

/** Ends clusters whose test run was killed before it could do so. */
async function removeLeftovers() {
  for (const name of readdirSync(dirname(prefix))) {
    const owner = /^lockstep-cluster-(\d+@\d*)-/.exec(name)?.[1];
    if (!owner || isAlive(`${owner}@${ownerName(process.pid).split("@")[2]}`)) continue;
    progress(`removing the cluster that a killed test run left in ${name}`);
    await cluster("down", join(dirname(prefix), name));
  }
}

/**
 * @param {"up" | "down"} command
 * @param {string} folder
 * @returns {Promise<number>} exit code
 */
function cluster(command, folder) {
  const args = ["--import", "tsx", join("test", "cluster", "main.ts"), command, folder];
  return runForeground(process.execPath, args, { cwd: rootFolder });
}

/**
 * @param {string[]} paths
 * @param {NodeJS.ProcessEnv} env
 */
async function runSuites(paths, env) {
  const files = paths.flatMap(findTests);
  const isOurs = existsSync(join(dirname(env.KUBECONFIG ?? ""), "state.json"));
  const alone = isOurs ? files.filter((file) => file.startsWith(aloneFolder)) : [];
  if (!isOurs) progress(`somebody else's cluster: the tests of ${aloneFolder} do not run`);
  const together = files.filter((file) => !file.startsWith(aloneFolder));
  const counts = { passed: 0, failed: files.length === 0 ? 1 : 0 };
  for (const [some, jobs] of /** @type {const} */ ([
    [together, 2],
    [alone, 1],
  ])) {
    if (some.length === 0) continue;
    const { passed, failed } = await runMocha(some, env, { jobs });
    counts.passed += passed;
    counts.failed += failed;
  }
  return counts;
}
