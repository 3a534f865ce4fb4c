// `lockstep report RELEASE`: a release's page, for whoever asks later what happened.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { redact } from "../../engine/errors/formatError.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import type { AppliedMigration } from "../../engine/ledger/ledger.ts";
import { readChanges } from "../../engine/plan/changes.ts";
import { weighRelease } from "../../engine/plan/risk.ts";
import { reportPage, type ReportFile } from "../../engine/report/page.ts";
import { readReleaseReport } from "../../engine/report/releaseReport.ts";
import { fileId } from "../../engine/sources/fileId.ts";
import type { Migration } from "../../engine/sources/migration.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { describeEvent } from "../eventText.ts";
import { loadMigrations } from "../files.ts";

/** What `lockstep report` takes. */
export interface ReportOptions extends FolderOptions {
  /** Label, or the start of a digest. */
  readonly release: string;
  readonly output?: string;
}

/** Reads ledger and files, and writes the page; it may hold rows' values from SQL, so nobody else may read it. */
export const runReport: CommandRun<ReportOptions> = async (options, context) => {
  const report = await readReleaseReport(parseTarget(context.env), options.release);
  const migrations = await loadMigrations(options);
  const files = await describeFiles(migrations, report.applied);
  const page = reportPage({
    ...{ report, files, madeAt: new Date().toISOString() },
    describe: (event) => redact(describeEvent(event)),
  });
  const { label, digest, state } = report.release;
  const name = options.output ?? `release-${label}-${digest.slice(0, 12)}.html`;
  const path = resolve(context.cwd, name);
  await writeFile(path, page, { mode: 0o600 }).catch((error: unknown) => {
    throw new LockstepError("USAGE", "The report cannot be written", {
      where: path,
      seen: error instanceof Error ? error.message : String(error),
      next: `lockstep report ${options.release} --output ${join("SOME", "FOLDER", "report.html")}`,
      cause: error,
    });
  });
  return {
    json: {
      path,
      release: { label, digest, state },
      events: report.events.length,
      head: report.chain.head,
    },
    lines: [`release ${label} (${state}): ${path}`],
  };
};

/** Weighed as files tell: how big the tables were then is not known any more. */
async function describeFiles(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[],
): Promise<readonly ReportFile[]> {
  const rows = new Map(applied.map((row) => [row.number, row]));
  const shown = migrations.filter(({ order }) => rows.has(order));
  const { files } = weighRelease(await readChanges({ migrations, pending: shown }));
  return shown.map((file) => {
    const risk = files.find(({ path }) => path === file.path);
    const reasons = risk?.statements.flatMap((one) => one.reasons.map(({ text }) => text)) ?? [];
    const locks = file.statements.flatMap((one) =>
      one.locks.map(
        ({ schema, name, mode }) => `${schema === undefined ? "" : `${schema}.`}${name} ${mode}`,
      ),
    );
    return {
      ...{ id: fileId(file), stage: file.stage, sql: file.sql, locks: [...new Set(locks)] },
      ...(risk && { risk: { level: risk.level, reasons: [...new Set(reasons)] } }),
      isSame: rows.get(file.order)?.checksum === file.checksum,
    };
  });
}
