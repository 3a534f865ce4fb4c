// `lockstep health check`: how the app is right now.
import { EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { describeCheck } from "../../engine/health/check.ts";
import { checkHealthOnce } from "../../engine/health/checkOnce.ts";
import { appQuestion, type LookOptions } from "../appLook.ts";
import type { CommandRun } from "../context.ts";

/** What `lockstep health check` takes. */
export interface CheckOptions extends LookOptions {
  /** ms */
  readonly window: number;
}

/** One check; anything but `pass` ends with 1, as no-data proves nothing. */
export const runHealthCheck: CommandRun<CheckOptions> = async (options, context) => {
  const check = await checkHealthOnce(appQuestion(options, options.window, context));
  return {
    json: { check },
    lines: [`${check.verdict}: ${describeCheck(check)}`],
    exitCode: check.verdict === "pass" ? EXIT_CODES.done : EXIT_CODES.failed,
  };
};
