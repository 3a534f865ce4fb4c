// Who a process is: its pid and the moment it started, so that a recycled pid is never taken for it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: on Linux clock ticks since boot and the boot's id, elsewhere the text of `ps`. */
  readonly startTime: string;
}

/**
 * The identity of the process that has `pid` now; undefined if there is none, or only a zombie
 * (which a container without an init process may keep for ever).
 */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === "linux" ? linuxStartTime(pid) : psStartTime(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** The identity of this very process. */
export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid) ?? { pid: process.pid, startTime: "unknown" };
}

/** Whether exactly this process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.startTime === identity.startTime;
}

/**
 * Sends `signal` to `identity`, or with `group` to its whole process group; does nothing if it is
 * gone. Returns whether a signal was sent. Throws what `kill` throws for want of permission.
 */
export function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  group = false,
): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(group ? -identity.pid : identity.pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

/** The process group of the living process `pid`; undefined if there is none, or only a zombie. */
export function groupOf(pid: number): number | undefined {
  if (process.platform === "linux") {
    const fields = linuxStat(pid);
    return fields === undefined ? undefined : Number(fields[2]);
  }
  const group = Number(ask(["-o", "pgid=", "-p", String(pid)]));
  return group === 0 ? undefined : group;
}

function linuxStartTime(pid: number): string | undefined {
  const ticks = linuxStat(pid)?.[19];
  return ticks === undefined ? undefined : `${ticks}@${bootId()}`;
}

/** The fields of /proc/PID/stat from the third (state) on; undefined for a zombie as for nothing. */
function linuxStat(pid: number): string[] | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // Field 2 is the command in brackets and may hold blanks and brackets: count from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields;
}

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8);
  return knownBootId;
}

function psStartTime(pid: number): string | undefined {
  const [state = "", ...started] = ask(["-o", "state=,lstart=", "-p", String(pid)]).split(/\s+/);
  return state === "" || state.startsWith("Z") ? undefined : started.join(" ");
}

function ask(args: readonly string[]): string {
  try {
    const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
    return execFileSync("ps", args, { encoding: "utf8", env, stdio: "pipe" }).trim();
  } catch {
    return "";
  }
}
