// Drain: waits until no process and no session of an older release has been seen for a while.
import { setTimeout as delay } from "node:timers/promises";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";

/** What is looked at; lines for people, one for each thing that is still there. */
export interface DrainLook {
  /** Processes, containers or pods of older releases. */
  readonly processes: () => Promise<readonly string[]>;
  /** Sessions of older releases in the database. */
  readonly sessions: () => Promise<readonly string[]>;
}

/** How long to wait, and for how long it must be quiet, ms. */
export interface DrainOptions {
  readonly quietMs: number;
  readonly timeoutMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Time between two looks, ms. @default 500 */
  readonly pollMs?: number;
}

/** How many of those that are still there an error names. */
const MOST = 10;

/**
 * Returns once nothing old has been seen for `quietMs`.
 * @throws LockstepError DRAIN_TIMEOUT with who is still there; INTERRUPTED on abort.
 */
export async function waitUntilDrained(look: DrainLook, options: DrainOptions): Promise<void> {
  const { quietMs, timeoutMs, report, signal, pollMs = 500 } = options;
  const started = performance.now();
  let quietSince = started;
  for (;;) {
    const left = [...(await look.processes()), ...(await look.sessions())];
    const now = performance.now();
    if (left.length > 0) {
      quietSince = now;
      report("progress", `draining: ${String(left.length)} left; ${left[0] ?? ""}`);
    } else if (now - quietSince >= quietMs) {
      return;
    }
    if (now - started >= timeoutMs && left.length > 0) throw timedOut(left, timeoutMs);
    await delay(Math.min(pollMs, Math.max(1, quietMs - (now - quietSince))), undefined, {
      signal,
    }).catch((cause: unknown) => {
      throw new LockstepError("INTERRUPTED", "Interrupted while draining", { cause });
    });
  }
}

function timedOut(left: readonly string[], timeoutMs: number): LockstepError {
  const more = left.length > MOST ? [`and ${String(left.length - MOST)} more`] : [];
  return new LockstepError("DRAIN_TIMEOUT", "Older releases are still there", {
    seen: [
      `after ${String(Math.round(timeoutMs / 1000))} s:`,
      ...left.slice(0, MOST),
      ...more,
    ].join("\n"),
    likely:
      "an old instance was not stopped, or a tool is connected whose name lockstep does not know",
    next: "end it; or, where it is no instance of the app, name its application_name in lockstep:drain.allowed; then run `pulumi up` again",
  });
}
