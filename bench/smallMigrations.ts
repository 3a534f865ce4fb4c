// Generated migrations of one small statement each, the same for every contender.

/** One migration. */
export interface SmallMigration {
  /** From 1. */
  readonly number: number;
  /** `create_t1` */
  readonly name: string;
  /** One statement with its semicolon and no end of line. */
  readonly sql: string;
}

/** Every tenth makes a table; those between add a column, an index, a row or a comment to it. */
export function smallMigrations(count: number): readonly SmallMigration[] {
  return Array.from({ length: count }, (_, index) => small(index + 1));
}

function small(number: number): SmallMigration {
  const table = `t${String(number - ((number - 1) % 10))}`;
  const key = "id bigint generated always as identity primary key";
  const named = (name: string, sql: string) => ({ number, name, sql });
  switch ((number - 1) % 10) {
    case 0:
      return named(`create_${table}`, `create table ${table} (${key}, name text);`);
    case 3:
      return named(`index_${table}`, `create index ${table}_name on ${table} (name);`);
    case 6:
      return named(`fill_${table}`, `insert into ${table} (name) values ('first');`);
    case 9:
      return named(`note_${table}`, `comment on table ${table} is 'made to measure';`);
    default:
      return named(`add_c${number}`, `alter table ${table} add column c${number} integer;`);
  }
}
