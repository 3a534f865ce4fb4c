// Tests of what a run by hand keeps to: options, then the stack's file, then the engine's defaults.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runLimits, waitLimits } from "../../../cli/runLimits.ts";
import { readStackLimits } from "../../../cli/stackSettings.ts";
import { DEFAULT_LEASE_WAIT_MS } from "../../../engine/lease/lease.ts";
import { DEFAULT_BACKUP_MAX_AGE_MS } from "../../../engine/run/contractReadiness.ts";
import { DEFAULT_LOCK_BUDGET_MS } from "../../../engine/run/retryLocks.ts";
import { failureOf } from "../../support/failureOf.ts";
import { makeTempDir } from "../../support/tempDir.ts";

const STACK = `config:
  lockstep:lease: { wait: 3m, leftovers: adopt }
  lockstep:lock: { budget: 20s, cancelIdle: 90s }
  lockstep:backfill: { target: 100ms, maxReplicaLag: 1s, maxActive: 7 }
  lockstep:backup: { maxAge: 2h }
  lockstep:drain: { allowed: [psql%] }
`;

describe("runLimits", () => {
  let dir = "";
  before(async () => {
    dir = await makeTempDir("limits");
  });
  const written = (text: string) => {
    writeFileSync(join(dir, "Pulumi.prod.yaml"), text);
    return readStackLimits(dir, "prod");
  };

  it("takes what the stack's file says", async () => {
    assert.deepEqual(runLimits({}, await written(STACK)), {
      leaseWaitMs: 180_000,
      leaseLeftovers: "adopt",
      lockBudgetMs: 20_000,
      lockCancelIdleMs: 90_000,
      backfill: { targetMs: 100, maxReplicaLagMs: 1_000, maxActive: 7 },
      backupMaxAgeMs: 7_200_000,
      allowedApplications: ["psql%"],
    });
  });

  it("lets each option win", async () => {
    const given = {
      ...{ leaseWait: 1, lockBudget: 2, leftovers: "end" as const },
      ...{ backfillTarget: 3, maxReplicaLag: 4, maxActive: 5 },
    };
    const limits = runLimits(given, await written(STACK));
    assert.deepEqual(
      [limits.leaseWaitMs, limits.lockBudgetMs, limits.leaseLeftovers],
      [1, 2, "end"],
    );
    assert.deepEqual(limits.backfill, { targetMs: 3, maxReplicaLagMs: 4, maxActive: 5 });
  });

  it("falls back to the engine's defaults, also without a file", async () => {
    const limits = runLimits({}, await readStackLimits(dir, "nobody"));
    assert.deepEqual(
      [limits.leaseWaitMs, limits.lockBudgetMs, limits.backupMaxAgeMs, limits.backfill],
      [DEFAULT_LEASE_WAIT_MS, DEFAULT_LOCK_BUDGET_MS, DEFAULT_BACKUP_MAX_AGE_MS, {}],
    );
    assert.deepEqual(waitLimits({}, await readStackLimits(dir, "nobody")), {
      leaseWaitMs: DEFAULT_LEASE_WAIT_MS,
      lockBudgetMs: DEFAULT_LOCK_BUDGET_MS,
    });
  });

  it("refuses a key that no `pulumi up` would take", async () => {
    const failure = await failureOf(written("config:\n  lockstep:lock: { budget: soon }\n"));
    assert.match(failure.seen ?? "", /^lockstep:lock\.budget: /);
  });
});
