// What a stack's processes take of this machine, from /proc.
import { readFile } from "node:fs/promises";
import type { UsageSample } from "../health/vitals.ts";
import { findMarked } from "./markedProcesses.ts";
import { nameOf, type ProcessId } from "./spec.ts";

/** Of /proc/PID/stat's times: USER_HZ, which is 100 on every architecture that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;

/** Places in /proc/PID/stat, counted from its third field (state) on: utime, stime, and those of ended children. */
const CPU_FIELDS = [11, 12, 13, 14];

/**
 * CPU time and memory of all processes of one release of `id` together: the one that was started, and its
 * children. Memory that they share counts once. A string says why there is nothing to see.
 */
export async function measureProcesses(
  id: ProcessId,
  releaseId: string,
): Promise<readonly UsageSample[] | string> {
  if (process.platform !== "linux") return "only Linux has /proc";
  const all = await findMarked((name) => name === nameOf(id));
  const own = all.filter((one) => one.releaseId === releaseId);
  const looks = await Promise.all(own.map(async ({ pid }) => lookAt(pid)));
  const seen = looks.filter((look) => look !== undefined);
  if (seen.length === 0) return "no process of the release is running";
  const sum = (key: "cpuSeconds" | "memoryBytes") =>
    seen.reduce((total, look) => total + look[key], 0);
  return [{ cpuSeconds: sum("cpuSeconds"), memoryBytes: sum("memoryBytes") }];
}

/** Undefined where it has ended meanwhile. */
async function lookAt(pid: number) {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The command, in brackets, may hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = CPU_FIELDS.reduce((sum, field) => sum + Number(fields[field] ?? 0), 0);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, memoryBytes: await memoryOf(pid) };
  } catch {
    return undefined;
  }
}

/** Its share of what it has in memory (Pss); where the kernel does not sum that up, all of it. */
async function memoryOf(pid: number): Promise<number> {
  const kilobytes = async (file: string, name: string) => {
    const text = await readFile(`/proc/${pid}/${file}`, "utf8");
    return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? Number.NaN);
  };
  const share = await kilobytes("smaps_rollup", "Pss").catch(() => Number.NaN);
  return (Number.isNaN(share) ? await kilobytes("status", "VmRSS") : share) * 1024;
}
