// One small project in each tool's form: what it holds first, what lockstep adds, what the tool adds after that.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FormatName } from "../../../engine/sources/migration.ts";
import {
  alembicRevision as revision,
  dbmateFile,
  gooseFile,
  nodePgMigrateFile as nodeFile,
  prepareAlembic,
} from "../../support/foreignFiles.ts";
import {
  alembicTool,
  flywayTool,
  goTool,
  npmTool,
  type Program,
} from "../../support/foreignTools.ts";
import type { Tree } from "../../unit/engine/sources/formats/readTree.ts";

/** A tool's project. */
export interface Project {
  readonly format: FormatName;
  readonly load: () => Promise<Program>;
  /** What applies everything; the folder is the working folder. */
  readonly up: (url: URL) => {
    readonly args: readonly string[];
    readonly env?: Record<string, string>;
  };
  /** Before the first use, such as a config file. */
  readonly prepare?: (dir: string, url: URL) => Promise<void>;
  readonly first: Tree;
  readonly byLockstep: Tree;
  readonly byTool: Tree;
}

const CREATE = "create table a (id int primary key);\n";
const FUNCTION =
  "create function f() returns int language plpgsql as $$ begin return 1; end; $$;\n";
const INDEX = "create index concurrently a_id on a (id);\n";
const ADD = "alter table a add column b text;\n";
const LAST = "create table z (id int);\n";

function withoutPassword({ href }: URL): string {
  const bare = new URL(href);
  bare.password = "";
  return bare.href;
}

const jdbc = (url: URL) => `jdbc:postgresql://${url.host}${url.pathname}`;

/** All of them. */
export const PROJECTS: readonly Project[] = [
  {
    format: "golang-migrate",
    load: () => goTool("migrate"),
    // It takes the address as an argument only, where a password would be seen by all.
    up: (url) => ({
      args: ["-path", ".", "-database", `${withoutPassword(url)}?sslmode=disable`, "up"],
      env: { PGPASSWORD: decodeURIComponent(url.password) },
    }),
    first: {
      "1_create.up.sql": CREATE + FUNCTION,
      "9_index.up.sql": INDEX,
      "9_index.down.sql": "drop index a_id;",
    },
    byLockstep: { "10_add.up.sql": ADD },
    byTool: { "11_last.up.sql": LAST },
  },
  {
    format: "dbmate",
    load: () => npmTool("dbmate"),
    up: (url) => ({
      args: ["--migrations-dir", ".", "--no-dump-schema", "migrate"],
      env: { DATABASE_URL: `${url.href}?sslmode=disable` },
    }),
    first: {
      "20240101000000_create.sql": dbmateFile(CREATE + FUNCTION),
      "20240102000000_index.sql": dbmateFile(INDEX, " transaction:false"),
    },
    byLockstep: { "20240103000000_add.sql": dbmateFile(ADD) },
    byTool: { "20240104000000_last.sql": dbmateFile(LAST) },
  },
  {
    format: "goose",
    load: () => goTool("goose"),
    up: (url) => ({
      args: ["-dir", ".", "up"],
      env: { GOOSE_DRIVER: "postgres", GOOSE_DBSTRING: `${url.href}?sslmode=disable` },
    }),
    first: {
      "00001_create.sql": gooseFile(CREATE + FUNCTION),
      "00002_index.sql": gooseFile(INDEX, "-- +goose NO TRANSACTION\n"),
    },
    byLockstep: { "00003_add.sql": gooseFile(ADD) },
    byTool: { "00004_last.sql": gooseFile(LAST) },
  },
  {
    format: "node-pg-migrate",
    load: () => npmTool("node-pg-migrate"),
    up: (url) => ({ args: ["up", "-m", "."], env: { DATABASE_URL: url.href } }),
    first: {
      "1700000000000_create.sql": nodeFile(CREATE + FUNCTION),
      "1700000000001_more.sql": nodeFile("create index a_id on a (id);"),
    },
    byLockstep: { "1700000000002_add.sql": nodeFile(ADD) },
    byTool: { "1700000000003_last.sql": nodeFile(LAST) },
  },
  {
    format: "flyway",
    load: flywayTool,
    up: (url) => ({
      args: [
        `-url=${jdbc(url)}`,
        `-user=${url.username}`,
        "-locations=filesystem:.",
        // Its own lock would wait for CREATE INDEX CONCURRENTLY, which waits for it.
        "-postgresql.transactional.lock=false",
        "migrate",
      ],
      env: { FLYWAY_PASSWORD: decodeURIComponent(url.password) },
    }),
    first: {
      "V1__create.sql": CREATE + FUNCTION,
      "sub/V1_10__index.sql": INDEX,
      "sub/V1_10__index.sql.conf": "executeInTransaction=false\n",
      "V1.9__early.sql": "create table early (id int);\r\n-- end",
      "R__view.sql": "create or replace view v as select id from a;\n",
    },
    byLockstep: { "V2__add.sql": ADD },
    byTool: { "V3__last.sql": LAST },
  },
  {
    format: "alembic",
    load: alembicTool,
    up: () => ({ args: ["upgrade", "head"] }),
    prepare: prepareAlembic,
    first: {
      "versions/aaaaaaaaaaaa_create.py": revision(
        "aaaaaaaaaaaa",
        undefined,
        "op.create_table('a', sa.Column('id', sa.Integer, primary_key=True))",
      ),
      "versions/000000000002_index.py": revision(
        "000000000002",
        "aaaaaaaaaaaa",
        "with op.get_context().autocommit_block():\n    op.create_index('a_id', 'a', ['id'], postgresql_concurrently=True)",
      ),
    },
    byLockstep: {
      "versions/bbbbbbbbbbbb_add.py": revision(
        "bbbbbbbbbbbb",
        "000000000002",
        "op.add_column('a', sa.Column('b', sa.Text))",
      ),
    },
    byTool: {
      "versions/cccccccccccc_last.py": revision(
        "cccccccccccc",
        "bbbbbbbbbbbb",
        "op.create_table('z', sa.Column('id', sa.Integer))",
      ),
    },
  },
];

/** Writes a tree of files below `dir`; files that are there stay as they are where they have the same text. */
export async function addFiles(dir: string, tree: Tree): Promise<void> {
  for (const [name, text] of Object.entries(tree)) {
    const file = join(dir, name);
    await mkdir(dirname(file), { recursive: true });
    if ((await readFile(file, "utf8").catch(() => "")) !== text) await writeFile(file, text);
  }
}
