// Generated migrations that leave the schema as large as the first made it: what a long history costs by itself.
import type { SmallMigration } from "./smallMigrations.ts";

const TABLES = 100;

/** The first makes 100 tables; the others change a default, a comment or a row of one, in turn. */
export function steadyMigrations(count: number): readonly SmallMigration[] {
  return Array.from({ length: count }, (_, index) => steady(index + 1));
}

function steady(number: number): SmallMigration {
  const named = (name: string, sql: string) => ({ number, name, sql });
  if (number === 1)
    return named("create_tables", Array.from({ length: TABLES }, create).join("\n"));
  const n = String(number);
  const table = tableName(number % TABLES);
  switch (number % 3) {
    case 0:
      return named(`note_${n}`, `comment on table ${table} is 'as of ${n}';`);
    case 1:
      return named(`default_${n}`, `alter table ${table} alter name set default 'thing ${n}';`);
    default:
      return named(`fill_${n}`, `insert into ${table} (name) values ('thing ${n}');`);
  }
}

function create(_: unknown, index: number): string {
  return `create table ${tableName(index)} (id bigint generated always as identity primary key, name text);`;
}

/** All of one length, so that no name is part of another. */
function tableName(index: number): string {
  return `things_${String(index).padStart(3, "0")}`;
}
