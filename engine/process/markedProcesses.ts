// Finds lockstep's processes by their environment: also those whose record is lost.
import { readdir, readFile, readlink } from "node:fs/promises";
import { lockstepHome } from "../home.ts";
import { identityOf, type ProcessIdentity } from "./identity.ts";

/** A process that was started by lockstep (or by such a process) and is alive. */
export interface MarkedProcess extends ProcessIdentity {
  /** `project/stack/name`. */
  readonly process: string;
  /** `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** Its working directory, where that can be read. */
  readonly cwd: string | undefined;
}

/**
 * The living processes of this user (of all users, for root) which lockstep started under the same
 * LOCKSTEP_HOME and whose name satisfies `isWanted`. Empty on systems without /proc.
 */
export async function findMarked(isWanted: (process: string) => boolean): Promise<MarkedProcess[]> {
  const entries = await readdir("/proc").catch(() => []);
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => look(pid, isWanted)));
  return found.filter((one) => one !== undefined);
}

async function look(pid: number, isWanted: (process: string) => boolean) {
  // Before its environment is read: a pid that is recycled in between then counts as gone.
  const identity = identityOf(pid);
  if (identity === undefined) return undefined;
  const text = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  if (!text.includes("LOCKSTEP_PROCESS=")) return undefined;
  const env = new Map(text.split("\0").map((pair) => splitPair(pair)));
  const process = env.get("LOCKSTEP_PROCESS");
  if (process === undefined || !isWanted(process)) return undefined;
  if (env.get("LOCKSTEP_HOME") !== Buffer.from(lockstepHome()).toString("latin1")) return undefined;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return { ...identity, process, releaseId: env.get("LOCKSTEP_RELEASE") ?? "unknown", cwd };
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}
