// Expand proves by itself, under the lease, that the risk of its files is answered: approved and backed up as the stack asks.
import type { Client } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { LedgerState } from "../ledger/ledger.ts";
import { readEvents, recordEvent } from "../ledger/record.ts";
import type { ReleaseContext } from "../ledger/releases.ts";
import type { RuleLevels } from "../lint/levels.ts";
import type { ExpandApproval } from "../plan/expandApproval.ts";
import type { RunPlan } from "../plan/planRun.ts";
import type { ReleaseScope } from "../plan/releaseFiles.ts";
import type { FileRisk, ReleaseRisk } from "../plan/risk.ts";
import { isForFreshFiles, type RiskPolicy } from "../plan/riskPolicy.ts";
import type { Migration } from "../sources/migration.ts";
import { ensureRiskBackedUp } from "./backupForRisk.ts";
import type { BackupByHand } from "./contractReadiness.ts";

/** What the stack asks for where expand files are risky, and what there is of it. */
export interface RiskHold {
  readonly policy: RiskPolicy;
  /** As `lockstep approve --stage expand` writes it. */
  readonly expandApproval?: (ExpandApproval & { readonly reason?: string }) | undefined;
  /** Whether the stack's releases take a backup before expand. */
  readonly backsUpExpand: boolean;
  /** Levels of lint's rules: a warning that nobody has answered makes a statement medium. */
  readonly lint?: RuleLevels | undefined;
}

/** The run that is held to it. */
export interface HeldRun {
  readonly hold: RiskHold;
  readonly database: DatabaseTarget;
  readonly scope: ReleaseScope;
  readonly ledger: LedgerState;
  readonly plan: RunPlan;
  /** Missing for a run by hand. */
  readonly release: ReleaseContext | undefined;
  /** For a run by hand. */
  readonly backup: BackupByHand | undefined;
  /** A backup older than this does not count, ms. */
  readonly backupMaxAgeMs: number;
}

/** What a run was let through with, for the ledger. */
export interface RiskAnswer {
  readonly approval: RiskHold["expandApproval"];
  /** Files whose backup somebody answers for, and how. */
  readonly waived: { readonly files: readonly string[]; readonly reason: string } | undefined;
}

const NOTHING: RiskAnswer = { approval: undefined, waived: undefined };

/**
 * Holds the run to the stack's policy, by the database as it is now; changes nothing. Call it under the lease. It looks on a
 * connection of its own, so that the runner's send what the plan says and no more.
 * @throws LockstepError NOT_APPROVED or RISK_REFUSED.
 */
export async function ensureRiskHeld(run: HeldRun): Promise<RiskAnswer> {
  const { hold, plan, ledger } = run;
  const begun = new Set(ledger.applied.map((row) => row.number));
  // What was begun goes on: the server holds the half of it already.
  const fresh = plan.pending.filter((file) => !begun.has(file.order));
  const expand = fresh.filter(({ stage }) => stage === "expand");
  if (expand.length === 0) return NOTHING;
  if (plan.initial && !isForFreshFiles(hold.policy)) return NOTHING;
  return withConnection(run.database, { applicationName: "lockstep:risk" }, (client) =>
    judge(client, run, fresh),
  );
}

async function judge(
  client: Client,
  run: HeldRun,
  fresh: readonly Migration[],
): Promise<RiskAnswer> {
  const { hold, scope, release, plan } = run;
  const { ensureRiskAllowed, filesForApproval, filesForBackup } =
    await import("../plan/judgeRisk.ts");
  const risk = await weighRun(client, run);
  const files = risk.files.filter(({ path }) => fresh.some((file) => file.path === path));
  const one = {
    ...{
      risk: { ...risk, files },
      policy: hold.policy,
      stack: scope.stack,
      migrations: scope.migrations,
    },
    open: fresh,
    approval: hold.expandApproval,
    // By hand nobody takes one on the way, so that another question is asked below.
    backsUpExpand: hold.backsUpExpand || !release,
    nowMs: Date.now(),
  };
  ensureRiskAllowed(one);
  // An empty database has nothing to back up, and the step before takes none of it.
  const unsaved = plan.initial ? [] : filesForBackup(one);
  const waived = unsaved.length > 0 ? await ensureRiskBackedUp(client, run, unsaved) : undefined;
  return {
    approval: filesForApproval(one).length > 0 ? hold.expandApproval : undefined,
    waived: waived === undefined ? undefined : { files: namesOf(unsaved), reason: waived },
  };
}

function namesOf(files: readonly FileRisk[]): readonly string[] {
  return files.map(({ file }) => file);
}

/** What is weighed: without a `hold` by the files and the database alone. */
export type WeighedRun = Pick<HeldRun, "scope" | "ledger" | "plan" | "release"> &
  Partial<Pick<HeldRun, "hold">>;

/** As admission weighs it: all that the release still does, so that a file counts as new or not for both alike. */
export async function weighRun(
  client: Client,
  { hold, scope, ledger, plan, release }: WeighedRun,
): Promise<ReleaseRisk> {
  const { begunFiles } = await import("../plan/begunFiles.ts");
  const { readChanges } = await import("../plan/changes.ts");
  const { readTableFacts, tablesOf } = await import("../plan/readTableFacts.ts");
  const { weighRelease } = await import("../plan/risk.ts");
  const { migrations } = scope;
  const open = release ? await releaseFiles(ledger, scope) : plan.pending;
  const pending = migrations.filter((file) => open.includes(file));
  const changes = await readChanges({ migrations, pending, begun: begunFiles(ledger, migrations) });
  const tables = plan.initial ? undefined : await readTableFacts(client, tablesOf(changes));
  const findings = hold ? await findingsFor(client, hold, { migrations, pending }) : [];
  return weighRelease(changes, { initial: plan.initial, tables, findings });
}

async function releaseFiles(
  ledger: LedgerState,
  scope: ReleaseScope,
): Promise<readonly Migration[]> {
  const { planReleaseFiles } = await import("../plan/releaseFiles.ts");
  const { expand, contract } = planReleaseFiles(ledger, scope);
  return [...expand, ...contract];
}

/** A finding makes a statement medium and never more, so that rules are loaded only where that decides. */
async function findingsFor(
  client: Client,
  { policy: { mode, approve, backup }, lint = {} }: RiskHold,
  files: { readonly migrations: readonly Migration[]; readonly pending: readonly Migration[] },
) {
  const decides = backup === "medium" || (mode !== "manual" && approve === "medium");
  if (!decides) return [];
  const { lintAgainst } = await import("../plan/lintAgainst.ts");
  return lintAgainst(client, { ...files, together: true, levels: lint });
}

/** Writes down who answered for what, once for each approval. `release` is its digest; null for a run by hand. */
export async function recordRiskAnswer(
  client: Client,
  release: string | null,
  { approval, waived }: RiskAnswer,
): Promise<void> {
  if (waived) {
    const data = { files: waived.files.join(", "), reason: waived.reason };
    await recordEvent(client, { release, kind: "backupWaived", data });
  }
  if (!approval) return;
  const { through, digest, by, at, reason } = approval;
  const before = await readEvents(client, { kinds: ["approval"], limit: 1_000 });
  if (before.some((event) => "digest" in event.data && event.data.digest === digest)) return;
  await recordEvent(client, {
    release,
    kind: "approval",
    data: { through, digest, by, at, stage: "expand", ...(reason !== undefined && { reason }) },
  });
}
