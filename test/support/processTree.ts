// Finds what a process has started, so that a test can kill just that.
import { readdir, readFile } from "node:fs/promises";

/** The pid of a process below `ancestor` whose command line holds `text`. Throws when there is none. */
export async function findDescendant(ancestor: number, text: string): Promise<number> {
  const parents = new Map<number, number>();
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const command = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    // The command's name stands in parentheses and may hold spaces; the parent is the second field after it.
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    parents.set(Number(entry), parent);
    if (command.includes(text)) found.push(Number(entry));
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || (parent > 1 && isBelow(parent)));
  };
  const pid = found.find(isBelow);
  if (pid === undefined) throw new Error(`no process below ${String(ancestor)} runs ${text}`);
  return pid;
}
