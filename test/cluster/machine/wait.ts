// Waiting for a cluster's programs, which ends at once where one of them has ended.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { type ClusterFolder, containerdSocket } from "./folder.ts";
import { isRunning } from "./processes.ts";
import { readState } from "./state.ts";

/** How long one step of the start may take, ms: 20 times what was seen on 2 idle cores. */
const LIMIT_MS = 120_000;
const POLL_MS = 100;

/** Resolves when containerd answers. A kubelet that finds nobody at the socket ends at once. */
export async function waitForContainerd(folder: ClusterFolder): Promise<void> {
  const ctr = join((await readState(folder))!.debian, "usr/bin/ctr");
  await waitFor(folder, "containerd", async () => {
    await execa(ctr, ["--address", containerdSocket(folder), "--connect-timeout", "1s", "version"]);
    return true;
  });
}

/** Resolves when `probe` is true; errors of the probe mean "not yet". Throws when a component has ended meanwhile. */
export async function waitFor(
  folder: ClusterFolder,
  what: string,
  probe: () => Promise<boolean> | boolean,
): Promise<void> {
  const started = performance.now();
  let last = "it answers, but is not ready";
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    const ended = await findEnded(folder);
    if (ended) throw new Error(`${ended} has ended while waiting for ${what}`);
    if (performance.now() - started > LIMIT_MS) {
      throw new Error(`waited ${LIMIT_MS / 1000} s for ${what}; last: ${last}`);
    }
    await delay(POLL_MS);
  }
}

async function findEnded(folder: ClusterFolder): Promise<string | undefined> {
  const state = await readState(folder);
  for (const [name, joined] of Object.entries(state?.components ?? {})) {
    if (!(await isRunning(joined))) return name;
  }
  return undefined;
}
