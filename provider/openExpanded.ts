// The ledger's leave for a rollout: expand is applied and the release is the one under way.
import { withConnection } from "../engine/drivers/postgres/connect.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { readLedger } from "../engine/ledger/ledger.ts";
import { openRelease } from "../engine/ledger/releases.ts";
import { planRun } from "../engine/plan/planRun.ts";
import { fileId } from "../engine/sources/fileId.ts";
import { loadMigrations } from "./ledgerLook.ts";
import { withTarget } from "./ledgerRoute.ts";
import type { ResourceContext } from "./resource.ts";
import type { RolloutInputs } from "./schema.ts";

/**
 * Opens the release in the ledger, where its expand files are all applied. The app may rely on what they add, so
 * each rollout asks by itself: `--target` runs it without the steps before it.
 * @throws LockstepError STEP_FAILED where some are not applied, and what `openRelease` refuses.
 */
export async function openExpanded(
  inputs: Omit<RolloutInputs, "pending">,
  context: Pick<ResourceContext, "report">,
): Promise<void> {
  const { release, allowRetry } = inputs;
  const { target, promoted } = inputs.migrations;
  const migrations = await loadMigrations(inputs.migrations);
  await withTarget(inputs, context, (database) =>
    withConnection(database, { applicationName: "lockstep:app" }, async (client) => {
      const ledger = await readLedger(client);
      const plan = planRun(ledger, migrations, { stage: "expand", target, promoted });
      if (plan.pending.length > 0) throw notExpanded(plan.pending.map(fileId));
      await openRelease(client, { ...release, ...(allowRetry !== undefined && { allowRetry }) });
    }),
  );
}

function notExpanded(files: readonly string[]): LockstepError {
  return new LockstepError(
    "STEP_FAILED",
    "The app may not start before its expand files are applied",
    {
      seen: files.join(", "),
      likely: "the rollout was started on its own (--target)",
      next: "run `pulumi up` without --target",
    },
  );
}
