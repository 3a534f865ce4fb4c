// How the checks of a watch add up: when to go on, and the gate's verdict.
import type { CheckVerdict } from "./judge.ts";
import { checksIn, type GateSettings } from "./settings.ts";

/** `held` is a failure without a rollback: nothing was proven, neither good nor bad. */
export type GateVerdict = "pass" | "fail" | "held";

/** One check as far as the gate's verdict depends on it. */
export interface JudgedCheck {
  readonly verdict: CheckVerdict;
  /** One plain line without full stop. */
  readonly reason: string;
}

/** What to do after the checks so far. */
export type Course =
  | { readonly next: "check" }
  | { readonly next: "end"; readonly verdict: GateVerdict; readonly reason: string };

/** Failed checks since the last passed one. No-data between them neither adds nor forgives. */
export function failedInARow(checks: readonly JudgedCheck[]): number {
  const lastPass = checks.findLastIndex((check) => check.verdict === "pass");
  return checks.slice(lastPass + 1).filter((check) => check.verdict === "fail").length;
}

/**
 * Decides after each check:
 * - `failures` failed checks in a row: fail, at once.
 * - Before the watch time is over: go on.
 * - Then the last check decides. Passed: pass, unless more checks failed than passed (flapping): held.
 *   Not passed, but some check had data: up to `failures` more checks settle it.
 * - Whatever is open after that is held: no-data never passes.
 */
export function planCourse(checks: readonly JudgedCheck[], settings: GateSettings): Course {
  const last = checks.at(-1);
  const row = failedInARow(checks);
  if (last && row >= settings.failures) {
    const checksText = row === 1 ? "a check failed" : `${row} checks in a row failed`;
    return end("fail", `${checksText}, the last one because of: ${last.reason}`);
  }
  const planned = checksIn(settings);
  if (!last || checks.length < planned) return { next: "check" };
  const count = (verdict: CheckVerdict) => checks.filter((c) => c.verdict === verdict).length;
  const [passed, failed] = [count("pass"), count("fail")];
  if (last.verdict === "pass") {
    const tally = `${passed} of ${checks.length} checks passed, ${failed} failed`;
    return failed > passed ? end("held", `the app goes up and down: ${tally}`) : end("pass", tally);
  }
  const isOpen = passed + failed > 0 && checks.length < planned + settings.failures;
  if (isOpen) return { next: "check" };
  const what = last.verdict === "fail" ? "failed" : "had no data";
  return end("held", `the last of ${checks.length} checks ${what}: ${last.reason}`);
}

function end(verdict: GateVerdict, reason: string): Course {
  return { next: "end", verdict, reason };
}
