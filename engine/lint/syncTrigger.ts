// A backfill that copies values loses what is written behind it, unless a trigger before it keeps old and new in step (ENGINE.md rule 19).
import type { Migration, MigrationProblem } from "../sources/migration.ts";
import { spelledTable } from "./names.ts";

/** What a trigger must fire on: the running version inserts and updates. */
const NEEDED = ["insert", "update"] as const;

/** Events by trigger's name, by table. */
type Live = Map<string, Map<string, readonly string[]>>;

/** Adds a problem to each backfill in `migrations`, all of a folder in their order, that lacks its trigger. */
export function withSyncProblems(migrations: readonly Migration[]): readonly Migration[] {
  const live: Live = new Map();
  return migrations.map((migration) => {
    const missing = isUnsynced(migration, live) ? [problem(migration)] : [];
    follow(migration, live);
    if (missing.length === 0) return migration;
    return { ...migration, problems: [...migration.problems, ...missing] };
  });
}

/** Once nothing old runs any more, nothing old is written: a contract file needs no trigger. */
function isUnsynced({ backfill, stage }: Migration, live: Live): boolean {
  if (!backfill?.copies || backfill.sync !== undefined || stage === "contract") return false;
  const on = [...(live.get(spelledTable(backfill.table))?.values() ?? [])].flat();
  return NEEDED.some((event) => !on.includes(event));
}

function follow({ triggers = [], stage }: Migration, live: Live): void {
  for (const { change, table, name, on } of triggers) {
    const own = live.get(table) ?? new Map<string, readonly string[]>();
    if (change === "dropped") own.delete(name);
    // That of a contract file comes after the backfill, whatever its number.
    else if (stage === "expand") own.set(name, on);
    live.set(table, own);
  }
}

function problem({ backfill, path }: Migration): MigrationProblem {
  const table = backfill?.table ?? "";
  return {
    rule: "backfill-without-trigger",
    message: `the backfill copies values of ${table} that the version which runs goes on writing, and no trigger before it keeps old and new in step: what is written behind it would be lost`,
    where: `${path}:1:1`,
    remedy: `create a trigger BEFORE INSERT OR UPDATE ON ${table} in an expand file before this one, which copies both ways; or, where nothing can come apart, say why within the directive, before remaining: sync="..."`,
    initialToo: false,
  };
}
