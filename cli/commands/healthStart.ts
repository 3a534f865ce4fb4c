// `lockstep health start`: watches the app, check by check.
import { EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { describeCheck, type CheckOutcome } from "../../engine/health/check.ts";
import { checkHealthOnce } from "../../engine/health/checkOnce.ts";
import { planCourse } from "../../engine/health/course.ts";
import { appQuestion, appSettings, type LookOptions, type WatchSettings } from "../appLook.ts";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";

/** What `lockstep health start` takes. */
export interface StartOptions extends LookOptions, WatchSettings {}

/** Check after check, each over the interval before it; the gate's rules make the verdict. */
export const runHealthStart: CommandRun<StartOptions> = async (options, context) => {
  const settings = appSettings(options, context.env);
  const checks: CheckOutcome[] = [];
  const report = reporter("health", context.sink);
  report("info", `watching ${options.url} every ${String(options.interval / 1000)} s`);
  for (;;) {
    const check = await lookOrEnd(options, context);
    if (check === undefined) return watched(checks, interruptedOutcome(options));
    checks.push(check);
    const level = check.verdict === "fail" ? "warn" : "info";
    report(level, `check ${String(checks.length)}: ${check.verdict}: ${describeCheck(check)}`);
    if (options.watch === undefined) {
      // A look without an end keeps no more than a gate's longest account.
      if (checks.length > MAX_KEPT) checks.shift();
      continue;
    }
    const course = planCourse(checks, settings);
    if (course.next === "end") {
      const { verdict, reason } = course;
      return watched(checks, {
        verdict,
        reason,
        exitCode: verdict === "pass" ? EXIT_CODES.done : EXIT_CODES.failed,
      });
    }
  }
};

/** Checks that the account of an endless watch holds. */
const MAX_KEPT = 1_000;

async function lookOrEnd(
  options: StartOptions,
  context: CommandContext,
): Promise<CheckOutcome | undefined> {
  try {
    return await checkHealthOnce(appQuestion(options, options.interval, context));
  } catch (error) {
    if (context.signal.aborted) return undefined;
    throw error;
  }
}

interface WatchEnd {
  readonly verdict: string;
  readonly reason: string;
  readonly exitCode: number;
}

function interruptedOutcome({ watch }: StartOptions): WatchEnd {
  const reason = watch === undefined ? "ended by hand" : "interrupted before its end";
  return { verdict: "interrupted", reason, exitCode: EXIT_CODES.interrupted };
}

function watched(checks: readonly CheckOutcome[], end: WatchEnd): Outcome {
  const count = (verdict: CheckOutcome["verdict"]) =>
    String(checks.filter((check) => check.verdict === verdict).length);
  const tally = `${count("pass")} passed, ${count("fail")} failed, ${count("no-data")} without data`;
  return {
    json: { verdict: end.verdict, reason: end.reason, checks },
    lines: [`${end.verdict}: ${end.reason} (${String(checks.length)} checks: ${tally})`],
    exitCode: end.exitCode,
  };
}
