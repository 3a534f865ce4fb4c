import assert from "node:assert/strict";
import { cutPieces } from "../../../../engine/rewrite/pieces.ts";
import { loadParser } from "../../../../engine/sql/parse.ts";

/** File text, and its pieces as `side: text`. */
const CASES: Readonly<Record<string, readonly [sql: string, ...pieces: readonly string[]]>> = {
  "statement by statement, each with its comments": [
    "-- first\ncreate table a (); -- behind\n\n/* second */\ndrop table b;\n",
    "expand: -- first\ncreate table a (); -- behind",
    "contract: /* second */\ndrop table b;",
  ],
  "an ALTER TABLE by its parts, those of one stage together": [
    "alter table if exists only s.\"a,b\" add c numeric(4, 2) default round(1, 2), drop d, add e text check (e in ('x', 'y')), drop f",
    "expand: alter table if exists only s.\"a,b\" add c numeric(4, 2) default round(1, 2),\n    add e text check (e in ('x', 'y'));",
    'contract: alter table if exists only s."a,b" drop d,\n    drop f;',
  ],
  "a rename apart from all else": [
    "alter table t rename a to b; alter table t add c int, alter d type bigint;",
    "recipe: alter table t rename a to b;",
    "expand: alter table t add c int;",
    "recipe: alter table t alter d type bigint;",
  ],
  "a constraint that is dropped to be made again goes with the making": [
    "create table a (); alter table t drop constraint c; alter table t add constraint c check (x > 0);",
    "expand: create table a ();",
    "contract: alter table t drop constraint c;",
    "contract: alter table t add constraint c check (x > 0);",
  ],
  "what is dropped to be made again goes with the making": [
    "drop function f(); alter table t drop a; create function f() returns int language sql as 'select 1'; create table b ();",
    "expand: drop function f();",
    "contract: alter table t drop a;",
    "expand: create function f() returns int language sql as 'select 1';",
    "expand: create table b ();",
  ],
  "a comment goes with what it is on": [
    "alter table t add a int; comment on column t.a is 'x'; alter table t drop b;",
    "expand: alter table t add a int;",
    "expand: comment on column t.a is 'x';",
    "contract: alter table t drop b;",
  ],
  "the file's own BEGIN and COMMIT are left out": [
    "begin; create table a (); drop table b; commit;",
    "expand: create table a ();",
    "contract: drop table b;",
  ],
};

describe("cutPieces cuts", () => {
  for (const [what, [sql, ...pieces]] of Object.entries(CASES)) {
    it(what, async () => {
      const found = await cutPieces({ sql, path: "01_x_up.sql", parser: await loadParser() });
      assert.deepEqual(
        found.map(({ side, text }) => `${side}: ${text}`),
        pieces,
      );
    });
  }
});
