// `lockstep adopt`: takes over another tool's history, or gives it back.
import { adopt } from "../../engine/adopt/adopt.ts";
import type { AdoptPlan } from "../../engine/adopt/planAdopt.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { fileId } from "../../engine/sources/fileId.ts";
import { readFolder } from "../../engine/sources/readFolder.ts";
import { askForYes } from "../consent.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { analyzeFolder, folderOf } from "../files.ts";

/** What `lockstep adopt` takes. */
export interface AdoptCommandOptions extends FolderOptions {
  readonly back?: boolean;
  readonly table?: string;
  readonly yes?: boolean;
  /** ms */
  readonly leaseWait: number;
}

/** Runs no migration: it changes the ledger, or with `--back` the tool's table. */
export const runAdopt: CommandRun<AdoptCommandOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const folder = await readFolder(folderOf(options));
  const { format } = folder;
  if (format === "lockstep") throw ownFiles(options.migrations);
  const { back = false, table } = options;
  const { plan, written } = await adopt({
    target,
    format,
    dir: options.migrations,
    migrations: await analyzeFolder(folder),
    table,
    back,
    leaseWaitMs: options.leaseWait,
    report: reporter("adopt", context.sink),
    signal: context.signal,
    confirm: (found) => {
      for (const line of describe(found, { format, back, database: target.display }))
        context.say(line);
      const question = back ? "Write this into the tool's table?" : "Write this into the ledger?";
      return askForYes(context, { ...options, question, command: "lockstep adopt" });
    },
  });
  const isNothing = plan.added.length === 0 && plan.removed.length === 0;
  return {
    json: {
      format,
      back,
      table: plan.table,
      files: plan.added.map(fileId),
      removed: plan.removed,
      warnings: plan.warnings,
      written,
    },
    lines: [lastLine({ written, isNothing, back })],
    exitCode: written || isNothing ? EXIT_CODES.done : EXIT_CODES.failed,
  };
};

function lastLine(end: {
  readonly written: boolean;
  readonly isNothing: boolean;
  readonly back: boolean;
}): string {
  if (end.isNothing) return "nothing to do: the tool's table and the ledger agree";
  if (!end.written) return "nothing was written";
  return end.back
    ? "written; the tool takes these files as applied"
    : "written; lockstep takes these files as applied, and lockstep adopt --back gives them back";
}

function describe(
  plan: AdoptPlan,
  facts: { readonly format: string; readonly back: boolean; readonly database: string },
): readonly string[] {
  const head = facts.back
    ? `from the ledger at ${facts.database} into ${facts.format}'s ${plan.table}:`
    : `from ${facts.format}'s ${plan.table} at ${facts.database} into the ledger, without running anything:`;
  return [
    head,
    ...plan.added.map((file) => `  + ${fileId(file)} (${file.stage})`),
    ...plan.removed.map((version) => `  - ${version}, which was taken back`),
    ...plan.warnings.map((warning) => `  note: ${warning}`),
  ];
}

function ownFiles(dir: string): LockstepError {
  return new LockstepError(
    "USAGE",
    "These are lockstep's own files: there is no other tool's history",
    {
      where: dir,
      likely:
        "the files are golang-migrate's, whose names are the same, or the folder is another one",
      next: "lockstep adopt --format golang-migrate; or say which files the database already holds: lockstep baseline --through NN",
    },
  );
}
