// A draft's files with their numbers, read as the files of the folder are.
import { isLockstepError } from "../errors/lockstepError.ts";
import { analyzeMigrations } from "../lint/analyze.ts";
import { sha256 } from "../sha256.ts";
import type { Migration, MigrationFile } from "../sources/migration.ts";
import { ensureTellingName } from "../sources/migrationName.ts";
import { type ExistingFile, type NewMigration, planNewMigration } from "../sources/scaffold.ts";
import type { DraftFile } from "./planDraft.ts";

/** A file of the draft, numbered, with what its SQL says. */
export interface NumberedFile {
  readonly draft: DraftFile;
  readonly plan: NewMigration;
  readonly migration: Migration;
}

/**
 * Numbers the files behind `existing` in the folder `dir`, and reads them.
 * @throws LockstepError SQL_SYNTAX where what was written is no SQL.
 */
export async function numberDraft(
  files: readonly DraftFile[],
  { dir, existing }: { readonly dir: string; readonly existing: readonly ExistingFile[] },
): Promise<readonly NumberedFile[]> {
  const taken = [...existing];
  const plans = files.map((draft) => {
    const plan = planFile(draft, taken);
    const order = BigInt(plan.number);
    const [up] = plan.files;
    if (up)
      taken.push({
        number: plan.number,
        order,
        name: plan.name,
        role: "up",
        fileName: up.fileName,
      });
    return { draft, plan, order };
  });
  const written = plans.map(({ plan, order }): MigrationFile => {
    const [up, down] = plan.files;
    const sql = up?.text ?? "";
    return {
      ...{ number: plan.number, order, name: plan.name, sql, checksum: sha256(sql) },
      path: `${dir}/${up?.fileName ?? ""}`,
      down: { path: `${dir}/${down?.fileName ?? ""}`, sql: down?.text ?? "" },
      verify: undefined,
    };
  });
  const migrations = await analyzeMigrations(written);
  return plans.flatMap(({ draft, plan }, index) => {
    const migration = migrations[index];
    return migration ? [{ draft, plan, migration }] : [];
  });
}

function planFile(draft: DraftFile, taken: readonly ExistingFile[]): NewMigration {
  const plan = planNewMigration(taken, freeName(draft.name, taken));
  const text: Readonly<Record<number, string>> = { 0: draft.up, 1: draft.down };
  return {
    ...plan,
    files: plan.files.map((file, index) => ({ ...file, text: text[index] ?? file.text })),
  };
}

/** A name that says something and is not taken. */
function freeName(wanted: string, taken: readonly ExistingFile[]): string {
  const base = isTelling(wanted) ? wanted : `${wanted}_objects`;
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? base : `${base}_${String(n)}`;
    if (!taken.some((file) => file.name === name)) return name;
  }
}

function isTelling(name: string): boolean {
  try {
    ensureTellingName(name);
    return true;
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return false;
  }
}
