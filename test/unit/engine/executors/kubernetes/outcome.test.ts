// What became of a step: its own last line first, then its termination message, then the cluster's word.
import assert from "node:assert/strict";
import type { JobEnd } from "../../../../../engine/executors/kubernetes/followJob.ts";
import { resultOf, type Heard } from "../../../../../engine/executors/kubernetes/outcome.ts";
import type { Condition } from "../../../../../engine/kubernetes/objects.ts";
import { failureOf } from "../../../../support/failureOf.ts";

const RESULT = { verdict: "pass", summary: "done", applied: ["01_a"], waiting: [] } as const;
const INTERRUPTED = { type: "error", error: { code: "INTERRUPTED", message: "stopped" } } as const;

interface Seen {
  readonly last?: Heard["last"];
  readonly tail?: readonly string[];
  readonly exit?: { exitCode: number; reason?: string; message?: string };
  readonly pod?: object;
  readonly job?: Condition;
  readonly end?: Partial<JobEnd>;
}

function decide({ last, tail = [], exit, pod, job, end }: Seen) {
  const metadata = { name: "p", uid: "u", creationTimestamp: "" };
  const status = {
    ...(exit && {
      containerStatuses: [
        { name: "lockstep", ready: false, restartCount: 0, state: { terminated: exit } },
      ],
    }),
    ...pod,
  };
  const whole: JobEnd = {
    job: { metadata, status: { conditions: job ? [job] : [] } },
    pod: { metadata, spec: { containers: [] }, status },
    jobGone: false,
    podGone: false,
    ...end,
  };
  const heard = { tail, ...(last && { last }) };
  return resultOf({ step: "expand", job: "j", where: "here", end: whole, heard });
}
const failing = (seen: Seen) => failureOf(Promise.resolve().then(() => decide(seen)));
const condition = (type: string, more: Partial<Condition> = {}): Condition => ({
  type,
  status: "True",
  ...more,
});

describe("resultOf", () => {
  it("takes the result of a step that ended well", () => {
    const last = { type: "result", result: RESULT } as const;
    assert.deepEqual(decide({ last, exit: { exitCode: 0 } }), RESULT);
    const lost = { end: { pod: undefined, podGone: true } };
    assert.deepEqual(decide({ last, job: condition("Complete"), ...lost }), RESULT);
  });

  it("takes the termination message where the log was lost", async () => {
    const message = JSON.stringify({ type: "result", result: RESULT });
    assert.deepEqual(decide({ exit: { exitCode: 0, message } }), RESULT);
    const error = { code: "LOCK_TIMEOUT", message: "held" };
    const failure = await failing({
      exit: { exitCode: 1, message: JSON.stringify({ type: "error", error }) },
    });
    assert.equal(failure.code, "LOCK_TIMEOUT");
  });

  it("believes no result of a step that was killed after it", async () => {
    const last = { type: "result", result: RESULT } as const;
    assert.equal((await failing({ last, exit: { exitCode: 137 } })).code, "STEP_FAILED");
    assert.equal((await failing({ last, end: { pod: undefined } })).code, "STEP_FAILED");
  });

  it("throws the step's own error, whatever else happened to it", async () => {
    const last = { type: "error", error: { code: "STATEMENT_FAILED", message: "no" } } as const;
    const failure = await failing({ last, exit: { exitCode: 1, reason: "Error" } });
    assert.deepEqual([failure.code, failure.message], ["STATEMENT_FAILED", "no"]);
  });

  const told: readonly (readonly [string, Seen, RegExp])[] = [
    [
      "a deadline",
      {
        last: INTERRUPTED,
        job: condition("Failed", { reason: "DeadlineExceeded", message: "too long" }),
      },
      /deadline: too long/,
    ],
    ["too much memory", { exit: { exitCode: 137, reason: "OOMKilled" } }, /OOMKilled/],
    [
      "an eviction",
      { pod: { reason: "Evicted", message: "low on disk" } },
      /evicted the pod: low on disk/,
    ],
    [
      "a drained node",
      {
        last: INTERRUPTED,
        pod: {
          conditions: [
            condition("DisruptionTarget", { reason: "EvictionByEvictionAPI", message: "bye" }),
          ],
        },
      },
      /EvictionByEvictionAPI: bye/,
    ],
    ["a lost node", { exit: { exitCode: 137, reason: "ContainerStatusUnknown" } }, /node was lost/],
    [
      "a pod that was deleted at once",
      {
        end: {
          pod: {
            metadata: { name: "p", uid: "u", deletionTimestamp: "2026-01-01T00:00:00Z" },
            spec: { containers: [] },
            status: {
              containerStatuses: [
                {
                  name: "lockstep",
                  ready: false,
                  restartCount: 0,
                  state: { terminated: { exitCode: 137, reason: "ContainerStatusUnknown" } },
                },
              ],
            },
          },
        },
      },
      /pod was deleted/,
    ],
    ["a deleted Job", { last: INTERRUPTED, end: { jobGone: true } }, /Job was deleted/],
    ["a deleted pod", { end: { podGone: true } }, /pod was deleted/],
    [
      "a Job without a pod",
      { job: condition("Failed", { message: "backoff" }), end: { pod: undefined } },
      /no pod: backoff/,
    ],
    [
      "a start that never came",
      { end: { stuck: { text: "ErrImagePull: no", hope: "stuck" } } },
      /ErrImagePull: no/,
    ],
    [
      "a crash",
      { exit: { exitCode: 7, reason: "Error" }, tail: ["boom"] },
      /exit code 7 \(Error\)\nboom/,
    ],
  ];
  for (const [what, seen, expected] of told) {
    it(`tells ${what}, where it was, and what to do`, async () => {
      const failure = await failing(seen);
      assert.equal(failure.code, "STEP_FAILED");
      assert.match(failure.seen ?? "", expected);
      assert.match(failure.where ?? "", /Job j, here/);
      assert.match(failure.next ?? "", /pulumi up/);
      const rolledBack = seen.last === INTERRUPTED;
      assert.equal(failure.message.includes("rolled back"), rolledBack);
    });
  }
});
