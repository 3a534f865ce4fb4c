// A history with every kind of file, each of which would show if it ran twice or not at all.
import type { Approval } from "../../engine/run/approval.ts";
import { approve, type Files } from "../integration/engine/run/applyFiles.ts";

/** What the database has before: the kinds below are then staged, not initial. */
export const BASE: Files = {
  "01_create_people_up.sql": `create table people (id int primary key, first text, hits int not null default 0);
    insert into people select i, 'p' || i from generate_series(1, 400) i;
    create table log (entry serial, what text);
    create type mood as enum ('calm'); create table moods (mood mood); insert into moods values ('calm');`,
};

/** The files of the history and the approval of its contract file. */
export async function readHistory(): Promise<{
  readonly files: Files;
  readonly approval: Approval;
}> {
  const files: Files = {
    ...BASE,
    "02_add_name_up.sql": `alter table people add column name text;
      insert into log (what) values ('02'); select pg_sleep(0.02);`,
    "03_index_up.sql": `create index concurrently people_name on people (name);
      create index concurrently if not exists people_first on people (first);`,
    "04_fill_up.sql": `-- lockstep: backfill table=people key=id batch=100 sync="a test" remaining=select count(*) from people where name is null
      update people set name = upper(first), hits = hits + 1;`,
    "05_log_up.sql": "insert into log (what) values ('05'); select pg_sleep(0.02);",
    "06_drop_first_up.sql": "alter table people drop column first;",
    "07_log_up.sql": "insert into log (what) values ('07');",
    "08_mood_up.sql": `alter type mood add value 'glad'; insert into moods values ('glad');
      update people set hits = hits + 1; alter table moods alter column mood set default 'glad';`,
  };
  return { files, approval: await approve(files, "06") };
}
