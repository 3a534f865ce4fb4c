// What a preview says where it does not reach the ledger: what the files tell, in the light of what the last update found.
import { lintMigrations } from "../engine/lint/lintMigrations.ts";
import type { LintFinding } from "../engine/lint/rules/rule.ts";
import { readChanges } from "../engine/plan/changes.ts";
import { upToTarget } from "../engine/plan/planRun.ts";
import { weighRelease } from "../engine/plan/risk.ts";
import { fileId } from "../engine/sources/fileId.ts";
import type { Migration } from "../engine/sources/migration.ts";
import { loadMigrations } from "./ledgerLook.ts";
import type { ResourceContext } from "./resource.ts";
import type { AdmissionInputs, AdmissionOutputs, LedgerMemory } from "./schema.ts";
import { tellWarnings } from "./tellFindings.ts";

/** Names of files in a line. */
const NAMED = 10;

/** Tells files and findings; `saved` is of the last update, undefined before the first. Refuses nothing. */
export async function tellUnseen(
  inputs: AdmissionInputs,
  saved: Pick<AdmissionOutputs, "release" | "ledger"> | undefined,
  { report }: Pick<ResourceContext, "report">,
): Promise<void> {
  const migrations = upToTarget(await loadMigrations(inputs.migrations), inputs.migrations.target);
  const memory = saved?.ledger;
  const { fresh, doubtful } = sortFiles(migrations, memory);
  if (saved && memory) {
    report("info", `last seen for release ${saved.release.label}, ${memory.at}:`);
    if (fresh.length > 0) report("info", `new since, so to be applied: ${listed(fresh)}`);
    if (doubtful.length > 0)
      report("info", `pending then, and not known if applied since: ${listed(doubtful)}`);
    if (fresh.length + doubtful.length === 0)
      report("info", "nothing was pending then, and no file is new");
  }
  await tellLint(inputs, { migrations, fresh, doubtful }, report);
  await tellFileRisk({ migrations, fresh, doubtful }, report);
  report(
    "info",
    "not seen: edits of applied files, drift, the rehearsal, the tables' sizes, other releases; the update looks before it changes anything",
  );
}

interface SortedFiles {
  /** There were no such files when the ledger was last seen. */
  readonly fresh: readonly Migration[];
  /** They may be applied. */
  readonly doubtful: readonly Migration[];
}

function sortFiles(
  migrations: readonly Migration[],
  memory: LedgerMemory | undefined,
): SortedFiles {
  if (!memory) return { fresh: [], doubtful: migrations };
  const last = memory.through === "" ? -1n : BigInt(memory.through);
  const fresh = migrations.filter(({ order }) => order > last);
  const isOpen = (file: Migration) => memory.open?.includes(fileId(file)) ?? true;
  const doubtful = migrations.filter((file) => file.order <= last && isOpen(file));
  return { fresh, doubtful };
}

async function tellLint(
  { lint: levels = {} }: AdmissionInputs,
  { migrations, fresh, doubtful }: SortedFiles & { readonly migrations: readonly Migration[] },
  report: ResourceContext["report"],
): Promise<void> {
  const find = (pending: readonly Migration[], together: boolean) =>
    lintMigrations({ migrations, pending, together, levels });
  const ofFresh = await find(fresh, true);
  tellRefusals(ofFresh, "would be refused", report);
  tellWarnings(ofFresh, report);
  const ofDoubtful = await find(doubtful, false);
  tellRefusals(ofDoubtful, "would be refused unless it is applied already", report);
  const count = ofDoubtful.filter(({ severity }) => severity === "warning").length;
  if (count > 0)
    report(
      "info",
      `lint warns ${String(count)} times of files that may be applied already (npx lockstep lint)`,
    );
}

/** What is doubtful may be applied already, and then has no risk any more. */
async function tellFileRisk(
  { migrations, fresh, doubtful }: SortedFiles & { readonly migrations: readonly Migration[] },
  report: ResourceContext["report"],
): Promise<void> {
  const pending = migrations.filter((file) => fresh.includes(file) || doubtful.includes(file));
  if (pending.length === 0) return;
  const together = doubtful.length === 0;
  const { level } = weighRelease(await readChanges({ migrations, pending, together }));
  report(
    "info",
    `risk of the release, if all of these are pending and by their text alone: ${level} (lockstep:risk is held to by the update)`,
  );
}

function tellRefusals(
  findings: readonly LintFinding[],
  words: string,
  report: ResourceContext["report"],
): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  for (const { where, message, rule } of errors.slice(0, NAMED))
    report("warn", `${words}: ${where}: ${message} (${rule})`, { lint: rule });
}

function listed(files: readonly Migration[]): string {
  const names = files.slice(0, NAMED).map((file) => `${fileId(file)} (${file.stage})`);
  const left = files.length - names.length;
  return [...names, ...(left > 0 ? [`and ${String(left)} more`] : [])].join(", ");
}
