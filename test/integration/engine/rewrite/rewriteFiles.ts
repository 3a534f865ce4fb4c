// A folder whose last file is rewritten against a test's database, and what runs it.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import { approvalDigest } from "../../../../engine/plan/approval.ts";
import { rehearse } from "../../../../engine/rehearse/rehearse.ts";
import { rewrittenFolder } from "../../../../engine/rewrite/checkRewrite.ts";
import type { RewriteWishes } from "../../../../engine/rewrite/planMove.ts";
import { planRewrite, type RewritePlan } from "../../../../engine/rewrite/planRewrite.ts";
import { readTable } from "../../../../engine/rewrite/readTable.ts";
import type { Migration } from "../../../../engine/sources/migration.ts";
import { readFolder } from "../../../../engine/sources/readFolder.ts";
import { listMigrationFiles } from "../../../../engine/sources/scaffold.ts";
import { serverUrl, withClient } from "../../../support/database.ts";
import { makeTempDir } from "../../../support/tempDir.ts";
import { readTexts, type FileText } from "../rehearse/rehearseFiles.ts";
import { applyMigrations, STACK } from "../run/applyFiles.ts";

/** A rewritten folder. */
export interface Rewritten {
  readonly plan: RewritePlan;
  /** All files, the generated ones in the place of the original. */
  readonly all: readonly Migration[];
  readonly generated: readonly Migration[];
}

/** Migrations of `sql` as 01 and `change` as 02; 01 is applied where there is a `url`, whose catalogue is then looked at. */
export async function rewriteChange(
  {
    sql,
    change,
    down = "-- none",
  }: { readonly sql: string; readonly change: string; readonly down?: string },
  { url, ...wishes }: RewriteWishes & { readonly url?: string } = {},
): Promise<Rewritten> {
  const dir = join(await makeTempDir("rewrite"), "migrations");
  await mkdir(dir);
  const files = {
    "01_create_all_up": sql,
    "01_create_all_down": "-- none",
    "02_move_it_up": change,
    "02_move_it_down": down,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, `${name}.sql`), text);
  const migrations = await analyzeMigrations((await readFolder({ dir })).files);
  const [first, original] = migrations;
  if (url !== undefined) await applyMigrations(url, [first!]);
  const see = (table: string) =>
    url === undefined
      ? Promise.resolve(undefined)
      : withClient(url, (client) => readTable(client, table));
  const plan = await planRewrite({
    ...{ migration: original!, migrations, ...wishes },
    existing: await listMigrationFiles(dir),
    see: ({ sql: name }) => see(name),
    now: new Date("2026-01-01T00:00:00Z"),
  });
  return { plan, ...(await rewrittenFolder(original!, migrations, plan.steps)) };
}

/** Applies the files of one stage with the real runner. */
export async function applyStage(
  url: string,
  { all }: Rewritten,
  stage: "expand" | "contract",
): Promise<void> {
  const contract = all.filter((file) => file.stage === "contract");
  const approval = {
    ...{
      through: contract.at(-1)?.number ?? "",
      by: "ada",
      at: "2026-01-01T00:00:00Z",
      expires: "2999-01-01T00:00:00Z",
    },
    digest: approvalDigest(STACK, contract),
  };
  await applyMigrations(url, all, { stage, ...(stage === "contract" && { approval }) });
}

/** `file: rule: message` of what lint says of the generated files. */
export async function lintOf({ all, generated }: Rewritten): Promise<readonly string[]> {
  const findings = await lintMigrations({ migrations: all, pending: generated });
  return findings.map(
    ({ path, rule, message }) => `${path.split("/").at(-1) ?? ""}: ${rule}: ${message}`,
  );
}

/** Runs `generated` behind `sql` up, down and up on the tests' server; gives what did not come back as it was. */
export async function roundTrip(
  sql: string,
  generated: readonly Migration[],
): Promise<readonly string[]> {
  const texts = generated.map(({ name, sql: up, down }): FileText => [name, up, down!.sql]);
  const { findings } = await rehearse({
    migrations: await readTexts([["create_all", sql], ...texts]),
    ...{ through: undefined, target: undefined, applied: "01" },
    server: parseUrl(await serverUrl(), "test"),
    report: silent,
    signal: new AbortController().signal,
  });
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ rule, message, details }) => [`${rule}: ${message}`, ...details].join("\n"));
}
