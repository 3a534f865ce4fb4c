// `lockstep rewrite NN`: the steps in place of a file that no stage of a release can run.
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import type { LedgerState } from "../../engine/ledger/ledger.ts";
import { rowId } from "../../engine/ledger/ledger.ts";
import type { LintFinding } from "../../engine/lint/lintMigrations.ts";
import { lintRewrite, rewrittenFolder } from "../../engine/rewrite/checkRewrite.ts";
import { planRewrite, type RewritePlan } from "../../engine/rewrite/planRewrite.ts";
import { readTable } from "../../engine/rewrite/readTable.ts";
import { writeRewrite } from "../../engine/rewrite/writeRewrite.ts";
import { findByNumber } from "../../engine/sources/findNumber.ts";
import type { Migration } from "../../engine/sources/migration.ts";
import { listMigrationFiles } from "../../engine/sources/scaffold.ts";
import { askForYes } from "../consent.ts";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { describeFolder, loadMigrations } from "../files.ts";
import { lookAtDatabase } from "../seenDatabase.ts";
import { readRuleLevels } from "../stackLint.ts";

/** What `lockstep rewrite` takes. */
export interface RewriteOptions extends FolderOptions {
  readonly number: string;
  /** The new column's name. */
  readonly as?: string;
  /** The way back from the new type. */
  readonly back?: string;
  /** Columns by which the backfill walks, with commas. */
  readonly key?: string;
  readonly yes?: boolean;
}

/** Shows the files, asks, and writes all of them or none. Changes no database. */
export const runRewrite: CommandRun<RewriteOptions> = async (options, context) => {
  const migrations = await loadMigrations(options);
  const migration = fileOf(options, migrations);
  const request = {
    ...{ migration, migrations, now: new Date() },
    existing: await listMigrationFiles(options.migrations),
    ...(options.as !== undefined && { as: options.as }),
    ...(options.back !== undefined && { back: options.back }),
    ...(options.key !== undefined && { key: options.key.split(",") }),
  };
  const seen = await lookAtDatabase(context.env, async (client, ledger) => {
    ensurePending(migration, ledger);
    return planRewrite({ ...request, see: ({ sql }) => readTable(client, sql) });
  });
  const plan =
    "unseen" in seen
      ? await planRewrite({ ...request, see: () => Promise.resolve(undefined) })
      : seen.found;
  const folder = await rewrittenFolder(migration, migrations, plan.steps);
  const findings = await lintRewrite(folder, await readRuleLevels(context.cwd, options.stack));
  const unseen = "unseen" in seen ? seen.unseen : undefined;
  for (const line of describe(migration, plan, { unseen, findings })) context.say(line);
  return finish(options, context, { migration, plan, unseen, findings });
};

interface Planned {
  readonly migration: Migration;
  readonly plan: RewritePlan;
  /** Why no database was seen. */
  readonly unseen: string | undefined;
  readonly findings: readonly LintFinding[];
}

async function finish(
  options: RewriteOptions,
  context: CommandContext,
  planned: Planned,
): Promise<Outcome> {
  const { migration, plan, unseen, findings } = planned;
  const json = {
    file: migration.path,
    database: unseen === undefined,
    steps: plan.steps.map(({ number, name, stage, files }) => ({
      number,
      name,
      stage,
      files: files.map(({ fileName }) => fileName),
    })),
    notes: plan.notes,
    findings,
  };
  const unknown =
    unseen === undefined ? "" : " Whether a database has applied it already could not be seen.";
  const yes = await askForYes(context, {
    ...options,
    question: `Write these ${String(plan.steps.length)} migrations in place of ${migration.path}?${unknown}`,
    command: `lockstep rewrite ${migration.number}`,
  });
  if (!yes) {
    return {
      json: { ...json, written: [] },
      lines: [`nothing written; ${migration.path} is as it was`],
      exitCode: EXIT_CODES.failed,
    };
  }
  const written = await writeRewrite(migration, plan.steps);
  return {
    json: { ...json, written },
    lines: [
      `wrote ${String(written.length)} files in place of ${migration.path}`,
      "read them, then: lockstep rehearse (each file up, down and up on a scratch server)",
    ],
  };
}

function fileOf(options: RewriteOptions, migrations: readonly Migration[]): Migration {
  const found = findByNumber(migrations, options.number);
  if (found) return found;
  throw new LockstepError("USAGE", `There is no file ${options.number}`, {
    where: describeFolder(options),
    seen: `files: ${migrations.map(({ number }) => number).join(", ")}`,
    next: "lockstep lint shows the files with what is to be said against them",
  });
}

/** What a database has run must stay as it was. */
function ensurePending({ order, number, name, path }: Migration, { applied }: LedgerState): void {
  const row = applied.find((one) => one.number === order);
  if (!row) return;
  throw new LockstepError(
    "MIGRATION_ORDER",
    `${number}_${name} is applied already, so it cannot be rewritten`,
    {
      where: path,
      seen: `${rowId(row)} was ${row.state === "running" ? "begun" : "applied"} ${row.appliedAt.toISOString()} by ${row.appliedBy}`,
      next: "a later file can go on from there; lockstep status shows what is applied",
    },
  );
}

function describe(
  { path }: Migration,
  { steps, notes }: RewritePlan,
  {
    unseen,
    findings,
  }: { readonly unseen: string | undefined; readonly findings: readonly LintFinding[] },
): readonly string[] {
  const head =
    unseen === undefined
      ? []
      : [
          `database not seen: ${unseen}`,
          "what the table has is told from the earlier files alone; whether the file is applied somewhere could not be seen",
        ];
  return [
    ...head,
    `in place of ${path}:`,
    ...steps.flatMap((step) => [
      "",
      `${step.id} (${step.stage})`,
      ...step.up
        .trimEnd()
        .split("\n")
        .map((line) => (line === "" ? "" : `    ${line}`)),
    ]),
    "",
    `with a down file each. ${findings.length === 0 ? "lint has nothing to say against them" : "lint says of them:"}`,
    ...findings.map(
      ({ severity, rule, message, path: file }) => `  ${severity} ${rule}: ${message} (${file})`,
    ),
    ...(notes.length > 0 ? ["what you have to know:", ...notes.map((note) => `  - ${note}`)] : []),
  ];
}
