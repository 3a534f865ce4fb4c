// What one finished run cost: time on the clock, processor time of all its processes, memory.
import { readFileSync } from "node:fs";

/** The kernel counts processor time in ticks of 10 ms wherever Node runs (USER_HZ is 100). */
const TICK_MS = 10;
/** How often a running process is asked for its peak of memory, ms. */
const LOOK_EVERY_MS = 10;

/** One run's cost. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time, all processes together; undefined where there is no /proc. */
  readonly cpuMs: number | undefined;
}

/**
 * What `run` cost. Whatever it starts must have ended when it settles; what lives on does not
 * count, and nothing else may end meanwhile.
 */
export async function costOf(run: () => Promise<unknown>): Promise<Cost> {
  const cpuBefore = endedChildrenMs();
  const started = performance.now();
  await run();
  const wallMs = performance.now() - started;
  const cpuAfter = endedChildrenMs();
  const known = cpuBefore !== undefined && cpuAfter !== undefined;
  return { wallMs, cpuMs: known ? cpuAfter - cpuBefore : undefined };
}

/** Processor time of this process's ended children and of theirs, ms. */
function endedChildrenMs(): number | undefined {
  const stat = readProc("self/stat");
  // The name in brackets may hold blanks; behind it cutime and cstime are the 14th and 15th fields.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields && (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/**
 * Follows the peak of memory of process `pid` until `ended` settles.
 * @returns bytes; short of the truth by what it took in its last 10 ms. Undefined without /proc.
 */
export async function peakOf(pid: number, ended: Promise<unknown>): Promise<number | undefined> {
  let peak: number | undefined;
  const look = () => {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readProc(`${String(pid)}/status`) ?? "")?.[1];
    if (kibibytes !== undefined) peak = Number(kibibytes) * 1024;
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    await ended;
  } finally {
    clearInterval(timer);
  }
  return peak;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return undefined;
  }
}
