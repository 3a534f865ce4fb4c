// `lockstep restore --table`: rows of single tables into tables of their own.
import { readBackupKey } from "../engine/backup/backupKey.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { reporter } from "../engine/events.ts";
import { quoted, type TableName } from "../engine/restore/copyBlock.ts";
import { withReadable } from "../engine/restore/readable.ts";
import { describe, type RestoredTable, restoreTables } from "../engine/restore/restoreTables.ts";
import type { RestoreSource } from "../engine/restore/source.ts";
import type { CommandContext, Outcome } from "./context.ts";
import { withRunLog } from "./runLog.ts";
import { readUserName } from "./userName.ts";

/** Which tables of what, and where to. */
export interface TablesChoice {
  readonly source: RestoreSource;
  readonly target: DatabaseTarget;
  /** `schema.table` or `table`, as they are in the database. */
  readonly names: readonly string[];
  /** `schema.table`, or a name within the table's own schema. */
  readonly as: string | undefined;
}

/**
 * Restores the tables. They are new ones, so nobody is asked.
 * @throws LockstepError USAGE for names that cannot be; as `restoreTables` does.
 */
export async function runTables(choice: TablesChoice, context: CommandContext): Promise<Outcome> {
  const { source, target } = choice;
  const tables = placesOf(choice, new Date());
  const log = {
    doing: `restore ${tables.map(({ from }) => describe(from)).join(", ")} from ${source.name} at ${target.display} as ${target.user}`,
    describe: (restored: readonly RestoredTable[]) => `${String(restored.length)} tables`,
  };
  const report = reporter("restore", context.sink);
  const { signal, env } = context;
  const by = await readUserName(context.cwd);
  const restored = await withRunLog(context, log, () =>
    withReadable(source, { key: readBackupKey(env), report, signal }, (readable) =>
      restoreTables({ source: readable, target, tables, by, report, signal }),
    ),
  );
  return {
    json: {
      restored: restored.map(({ from, into, rows }) => ({
        from: describe(from),
        into: describe(into),
        rows,
      })),
    },
    lines: [
      "columns and rows only, no keys or indexes; what is missing can be taken back by SQL:",
      ...restored.map(
        ({ from, into }) =>
          `  INSERT INTO ${quoted(from)} OVERRIDING SYSTEM VALUE SELECT * FROM ${quoted(into)} ON CONFLICT DO NOTHING;`,
      ),
    ],
  };
}

/** Where each table goes: a schema of this restore's own, unless a name is given. */
function placesOf(
  { source, names, as }: Pick<TablesChoice, "source" | "names" | "as">,
  at: Date,
): readonly { readonly from: TableName; readonly into: TableName }[] {
  if (as !== undefined && names.length > 1) {
    throw new LockstepError("USAGE", "--as names one table, and several are to be restored", {
      seen: names.join(", "),
      next: "leave --as out: they go into a schema of their own; or restore them one by one",
    });
  }
  const digits = at.toISOString().replace(/\D/g, "");
  const schema = `restored_${digits.slice(0, 8)}_${digits.slice(8, 14)}`;
  return names.map((name) => {
    const from = parseTableName(name, source);
    if (as === undefined) return { from, into: { schema, table: from.table } };
    return { from, into: as.includes(".") ? splitName(as) : { schema: from.schema, table: as } };
  });
}

/** A name without a schema is that of the only table called so in the backup, else of one in `public`. */
function parseTableName(name: string, source: RestoreSource): TableName {
  if (name.includes(".")) return splitName(name);
  const known = source.kind === "backup" ? source.manifest.tables : [];
  const alike = known.filter((table) => splitName(table.name).table === name);
  const [only] = alike;
  return only && alike.length === 1 ? splitName(only.name) : { schema: "public", table: name };
}

function splitName(name: string): TableName {
  const at = name.indexOf(".");
  return { schema: name.slice(0, at), table: name.slice(at + 1) };
}
