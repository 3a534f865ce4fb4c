// What lint says of a folder in which a file was rewritten, before anything is written.
import path from "node:path";
import { analyzeMigrations } from "../lint/analyze.ts";
import { lintMigrations, type LintFinding, type RuleLevels } from "../lint/lintMigrations.ts";
import { sha256 } from "../sha256.ts";
import type { Migration, MigrationFile } from "../sources/migration.ts";
import type { NumberedStep } from "./numbering.ts";

/** The folder's files as they would be, the generated ones among them. */
export async function rewrittenFolder(
  original: Migration,
  migrations: readonly Migration[],
  steps: readonly NumberedStep[],
): Promise<{ readonly all: readonly Migration[]; readonly generated: readonly Migration[] }> {
  const dir = path.dirname(original.path);
  const made = steps.map((step): MigrationFile => {
    const file = (role: string) =>
      step.files.find(({ fileName }) => fileName.endsWith(`${role}.sql`));
    const companion = (role: string) => {
      const found = file(role);
      return found && { path: path.join(dir, found.fileName), sql: found.text };
    };
    return {
      number: step.number,
      order: BigInt(step.number),
      name: step.name,
      path: path.join(dir, file("up")?.fileName ?? ""),
      sql: step.up,
      checksum: sha256(step.up),
      down: companion("down"),
      verify: companion("verify"),
    };
  });
  const files = [...migrations.filter((one) => one !== original), ...made].toSorted((a, b) =>
    a.repeatable === b.repeatable ? (a.order < b.order ? -1 : 1) : a.repeatable ? 1 : -1,
  );
  const all = await analyzeMigrations(files);
  const paths = new Set(made.map((one) => one.path));
  return { all, generated: all.filter((one) => paths.has(one.path)) };
}

/** The findings in the generated files; each file is looked at as one of its own. */
export function lintRewrite(
  folder: { readonly all: readonly Migration[]; readonly generated: readonly Migration[] },
  levels: RuleLevels,
): Promise<readonly LintFinding[]> {
  return lintMigrations({ migrations: folder.all, pending: folder.generated, levels });
}
