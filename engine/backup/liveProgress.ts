// Live lines of a backup, no more of them than an eye can follow.
import type { Report } from "../events.ts";

/** Least time between two lines, ms: each may be a message to Pulumi's engine. */
const LEAST_MS = 250;

/** A function that reports a live line unless it reported one just before. */
export function liveProgress(
  report: Report,
  now: () => number = () => performance.now(),
): (message: string, data?: Readonly<Record<string, unknown>>) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (message, data) => {
    if (now() - last < LEAST_MS) return;
    last = now();
    report("progress", message, data);
  };
}
