// What preview and up say of the release's plan: its digest, and whether it is the one that was read.
import type { Client } from "pg";
import { isLockstepError } from "../engine/errors/lockstepError.ts";
import type { LedgerState } from "../engine/ledger/ledger.ts";
import { planReleaseFiles, type ReleaseScope } from "../engine/plan/releaseFiles.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { ResourceContext } from "./resource.ts";
import type { AdmissionInputs } from "./schema.ts";

/** What the ledger of a database says that is not there yet. */
const NO_LEDGER: LedgerState = {
  exists: false,
  applied: [],
  initial: undefined,
  chainHead: undefined,
  releases: [],
  hasRelations: false,
};

/** What decides which files the release takes. */
export function releaseScope(
  { release, migrations: folder, approval }: AdmissionInputs,
  migrations: readonly Migration[],
): ReleaseScope {
  const { target, promoted } = folder;
  return { migrations, target, promoted, approval, stack: release.stack };
}

/**
 * Tells the plan's digest where something is to be applied.
 * @throws LockstepError PLAN_CHANGED where the stack's config names another plan.
 */
export async function tellPlan(
  client: Client,
  {
    inputs,
    ledger,
    migrations,
    context,
  }: {
    readonly inputs: AdmissionInputs;
    readonly ledger: LedgerState;
    readonly migrations: readonly Migration[];
    readonly context: ResourceContext;
  },
): Promise<void> {
  const scope = releaseScope(inputs, migrations);
  const files = planReleaseFiles(ledger, scope);
  const pending = [...files.expand, ...files.contract];
  if (pending.length === 0) return;
  // Only here: an update that changes nothing loads no parser.
  const { digestRelease } = await import("../engine/plan/planDigest.ts");
  const { ensurePlanned } = await import("../engine/run/acceptPlan.ts");
  const { planDigest, release } = inputs;
  await ensurePlanned(client, {
    ...scope,
    ...{ planDigest, release: release.digest, ledger, pending },
  });
  const digest = await digestRelease(files, migrations);
  context.report("info", `plan ${digest}${boundTo(planDigest, digest)}`);
}

function boundTo(planDigest: string | undefined, digest: string): string {
  if (planDigest === undefined) return "";
  return planDigest === digest
    ? ", which lockstep:planDigest names"
    : ", what is left of the one that lockstep:planDigest names";
}

/**
 * Tells the digest that the plan will have if the database, whose address is not known yet, is a new one. Nothing is refused:
 * it may as well be an old one behind a resource that changes.
 */
export async function tellFirstPlan(
  inputs: AdmissionInputs,
  migrations: readonly Migration[],
  { report }: ResourceContext,
): Promise<void> {
  const { digestRelease } = await import("../engine/plan/planDigest.ts");
  try {
    const files = planReleaseFiles(NO_LEDGER, releaseScope(inputs, migrations));
    report("info", `plan ${await digestRelease(files, migrations)}, if it is empty`);
  } catch (error) {
    if (!isLockstepError(error)) throw error;
  }
}

/** Where the ledger is not seen, the steps hold to it alone. */
export function tellUnseenPlan({ planDigest }: AdmissionInputs, { report }: ResourceContext): void {
  if (planDigest === undefined) return;
  report("warn", "so the plan is not compared here; the steps refuse another one");
}
