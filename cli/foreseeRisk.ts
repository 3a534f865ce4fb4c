// The risk of what a plan shows: by the database where it was seen, else by the files alone.
import type { LintFinding } from "../engine/lint/lintMigrations.ts";
import { readChanges } from "../engine/plan/changes.ts";
import { weighRelease, type ReleaseRisk, type RiskFacts } from "../engine/plan/risk.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { Foresight } from "./foresee.ts";

/** What a plan knows. */
export interface RiskRequest extends RiskFacts {
  readonly migrations: readonly Migration[];
  readonly foresight: Pick<Foresight, "pending" | "waiting" | "initial">;
  readonly findings: readonly LintFinding[];
  /** Whether the ledger told what is pending. */
  readonly seen: boolean;
}

/** Weighs the files that a plan shows. */
export async function foreseeRisk(request: RiskRequest): Promise<ReleaseRisk> {
  const { migrations, foresight, findings, tables, seen } = request;
  const { pending, waiting, initial } = foresight;
  const shown = migrations.filter((file) => pending.includes(file) || waiting.includes(file));
  return weighRelease(await readChanges({ migrations, pending: shown, together: seen }), {
    ...{ findings, initial, tables },
  });
}
