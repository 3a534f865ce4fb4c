// The risk of what an update will apply: told in preview and update alike, and held to what the stack allows.
import type { Client } from "pg";
import type { LedgerState } from "../engine/ledger/ledger.ts";
import type { LintFinding } from "../engine/lint/lintMigrations.ts";
import { describeSpan, planMaintenance } from "../engine/maintenance/policy.ts";
import { begunFiles } from "../engine/plan/begunFiles.ts";
import { readChanges } from "../engine/plan/changes.ts";
import { ensureRiskAllowed, riskNews, type RiskCase } from "../engine/plan/judgeRisk.ts";
import { readTableFacts, tablesOf } from "../engine/plan/readTableFacts.ts";
import { weighRelease } from "../engine/plan/risk.ts";
import { DEFAULT_RISK_POLICY } from "../engine/plan/riskPolicy.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { ResourceContext } from "./resource.ts";
import type { AdmissionInputs } from "./schema.ts";

/** What is weighed, and by what. */
export interface RiskLook {
  readonly client: Client;
  readonly ledger: LedgerState;
  readonly migrations: readonly Migration[];
  /** The files that the update will apply. */
  readonly open: readonly Migration[];
  /** Whether the database is empty, so that files are applied in file order. */
  readonly initial: boolean;
  readonly findings: readonly LintFinding[];
}

/**
 * Tells level and reasons, with the sizes and rates that they rest on: those of this moment, each time.
 * @throws LockstepError NOT_APPROVED or RISK_REFUSED for what the stack's policy does not let pass.
 */
export async function tellRisk(
  { risk: input, release, maintenance }: Pick<AdmissionInputs, "risk" | "release" | "maintenance">,
  look: RiskLook,
  { report }: Pick<ResourceContext, "report">,
): Promise<void> {
  const { client, ledger, migrations, open, initial, findings } = look;
  const pending = migrations.filter((file) => open.includes(file));
  const begun = begunFiles(ledger, migrations);
  const changes = await readChanges({ migrations, pending, begun });
  const tables = initial ? undefined : await readTableFacts(client, tablesOf(changes));
  const one: RiskCase = {
    risk: weighRelease(changes, { findings, initial, tables }),
    policy: input?.policy ?? DEFAULT_RISK_POLICY,
    stack: release.stack,
    ...{ migrations, open: pending },
    approval: input?.expandApproval,
    backsUpExpand: input?.backsUpExpand ?? false,
    nowMs: Date.now(),
  };
  for (const line of riskNews(one)) report("info", line);
  for (const span of planMaintenance(one.risk.files, maintenance?.during ?? "none"))
    report("info", `maintenance mode will be on ${describeSpan(span)}`);
  ensureRiskAllowed(one);
}
