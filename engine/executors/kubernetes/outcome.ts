// What became of a step in a Job: its own last line where that is to be had, else what the cluster says.
import { LockstepError } from "../../errors/lockstepError.ts";
import { trueCondition } from "../../kubernetes/objects.ts";
import { isTerminating } from "../../kubernetes/pods.ts";
import { decodeLine, errorOf, type StepLine, type StepResult } from "../protocol.ts";
import type { JobEnd } from "./followJob.ts";
import { stepState, whyEnded } from "./podState.ts";

/** What was read of a step's log. */
export interface Heard {
  /** The step's result or error, its last line. */
  readonly last?: Exclude<StepLine, { type: "event" }> | undefined;
  /** Lines that are none of the protocol's: a crash's stack. */
  readonly tail: readonly string[];
}

/** Of a Job that was followed. */
export interface Ended {
  /** `expand` */
  readonly step: string;
  readonly job: string;
  /** `https://… (context x), namespace shop` */
  readonly where: string;
  readonly end: JobEnd;
  readonly heard: Heard;
}

const AGAIN = "run `pulumi up` again: the ledger knows what was applied";

/**
 * The step's result.
 * @throws LockstepError the step's own error; or STEP_FAILED with what the cluster says of its Job
 */
export function resultOf(ended: Ended): StepResult {
  const { end, heard } = ended;
  const exit = stepState(end.pod)?.terminated;
  // The log can be lost with its pod or node; the termination message is kept in the pod's status.
  const last = heard.last ?? lastLineOf(exit?.message);
  if (last?.type === "error" && last.error.code !== "INTERRUPTED") throw errorOf(last.error);
  const isComplete = trueCondition(end.job?.status?.conditions, "Complete") !== undefined;
  if (last?.type === "result" && (exit ? exit.exitCode === 0 : isComplete)) return last.result;
  throw unexpected(ended, last?.type === "error");
}

function lastLineOf(message: string | undefined): Heard["last"] {
  const line = message === undefined ? undefined : decodeLine(message.trim());
  return line?.type === "event" ? undefined : line;
}

/** The error for a Job that ended without its step's word, or whose step was interrupted from outside. */
function unexpected({ step, job, where, end, heard }: Ended, rolledBack: boolean): LockstepError {
  const { seen, likely, next } = explain(end, heard);
  const what = rolledBack ? "was interrupted and rolled back" : "ended without a result";
  return new LockstepError("STEP_FAILED", `The step ${step} ${what}`, {
    where: `Job ${job}, ${where}`,
    seen,
    ...(likely === undefined ? {} : { likely }),
    next: next ?? AGAIN,
  });
}

interface Explanation {
  readonly seen: string;
  readonly likely?: string;
  readonly next?: string;
}

function explain(end: JobEnd, heard: Heard): Explanation {
  if (end.stuck) {
    return { seen: end.stuck.text, next: `${end.stuck.next ?? "mend that"}, then \`pulumi up\`` };
  }
  const failed = trueCondition(end.job?.status?.conditions, "Failed");
  if (failed?.reason === "DeadlineExceeded") {
    return {
      seen: `it ran longer than its deadline: ${failed.message ?? ""}`,
      likely: "it waited for a lock or a lease, or had more to do than the deadline allows",
      next: "pulumi config set --path lockstep:kubernetes.jobs.deadline …, then `pulumi up`",
    };
  }
  const why = whyEnded(end.pod);
  if (why?.includes("OOMKilled")) {
    return {
      seen: why,
      next: "pulumi config set --path lockstep:kubernetes.jobs.resources.limits.memory …, then `pulumi up`",
    };
  }
  if (why !== undefined) return { seen: why };
  if (end.jobGone) return { seen: "its Job was deleted while it ran" };
  const isDeleted = end.pod !== undefined && isTerminating(end.pod);
  if (end.podGone || isDeleted) return { seen: "its pod was deleted while it ran" };
  if (!end.pod) return { seen: `it had no pod: ${failed?.message ?? "nothing is known"}` };
  const exit = stepState(end.pod)?.terminated;
  const how = exit ? `exit code ${exit.exitCode} (${exit.reason ?? "no reason"})` : "no exit code";
  return {
    seen: [how, ...heard.tail].join("\n"),
    ...(exit?.exitCode === 137 ? { likely: "it was killed, or the node ran out of memory" } : {}),
  };
}
