// Finds a program's processes by what they were called with.
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";

/** Pids whose first argument ends like `program` and whose arguments hold `text`, the oldest first. Linux. */
export async function pidsOf(program: string, text: string): Promise<readonly number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    const [command = "", ...args] = line.split("\0");
    const isIt = basename(command) === basename(program);
    if (isIt && args.some((arg) => arg.includes(text))) found.push(Number(pid));
  }
  return found.toSorted((a, b) => a - b);
}
