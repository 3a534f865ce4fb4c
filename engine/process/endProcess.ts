// Ends a process and its group: asked first, made to after a while.
import { readdirSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { groupOf, isAlive, type ProcessIdentity, signalProcess } from "./identity.ts";

const POLL_MS = 20;
/** What the kernel gets to clear a killed group away; one stuck in a disk wait is not waited for. */
const KILL_LIMIT_MS = 5_000;

/** What a stopped app gets to finish its requests. */
export const STOP_GRACE_MS = 15_000;

/**
 * Sends SIGTERM to `identity` and its group and, once `graceMs` is over, SIGKILL; returns when no
 * member is left. Does nothing if that very process is gone already.
 */
export async function endProcess(
  identity: ProcessIdentity,
  graceMs = STOP_GRACE_MS,
): Promise<void> {
  const isLeader = groupOf(identity.pid) === identity.pid;
  if (!signalProcess(identity, "SIGTERM", isLeader)) return;
  const startedMs = performance.now();
  const isLeft = () => isAlive(identity) || (isLeader && hasMembers(identity.pid));
  while (isLeft()) {
    const waitedMs = performance.now() - startedMs;
    if (waitedMs > graceMs) kill(isLeader ? -identity.pid : identity.pid);
    if (waitedMs > graceMs + KILL_LIMIT_MS) return;
    await delay(POLL_MS);
  }
}

/**
 * Whether a group outlives its leader. Zombies do not count. The kernel gives a pid to nobody else while a
 * group has it as its number, so a group that was watched all along is still that group.
 */
function hasMembers(group: number): boolean {
  if (process.platform === "linux") {
    return readdirSync("/proc").some(
      (name) => /^\d+$/.test(name) && groupOf(Number(name)) === group,
    );
  }
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

function kill(target: number): void {
  try {
    process.kill(target, "SIGKILL");
  } catch {
    // Gone in this moment.
  }
}
