// How each tool is called, and how the same migrations look in its form.
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  alembicRevision,
  dbmateFile,
  gooseFile,
  nodePgMigrateFile,
  prepareAlembic,
} from "../../test/support/foreignFiles.ts";
import {
  alembicTool,
  dbmateProgram,
  goTool,
  npmTool,
  type Program,
} from "../../test/support/foreignTools.ts";
import type { SmallMigration } from "../smallMigrations.ts";
import { psqlArguments, writePairs } from "./plainFiles.ts";

/** What to call a tool with; the working folder is the migrations' own. */
export interface Call {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A tool that applies a folder of migrations. */
export interface Tool {
  readonly title: string;
  readonly load: () => Promise<Program>;
  /** Writes the migrations into the empty folder `dir`. */
  readonly write: (dir: string, migrations: readonly SmallMigration[]) => Promise<void>;
  /** Before a run on another database: what the tool keeps in its folder about it. */
  readonly point?: (dir: string, url: URL) => Promise<void>;
  readonly up: (url: URL, migrations: readonly SmallMigration[]) => Call;
  /** Says what was applied; missing where the tool has no such command. */
  readonly status?: (url: URL) => Call;
  /** False for what keeps no history, and would apply everything again. */
  readonly hasHistory: boolean;
}

const lockstepCommand = fileURLToPath(new URL("../../bin/lockstep.mjs", import.meta.url));

const padded = (number: number) => String(number).padStart(5, "0");
/** A date for each, since these tools number by time. */
const dated = (number: number) => `20240101${String(number).padStart(6, "0")}`;
const noTls = (url: URL) => `${url.href}?sslmode=disable`;

const lockstep = {
  title: "lockstep",
  load: () => Promise.resolve({ command: process.execPath, args: [lockstepCommand] }),
  write: async (dir, migrations) => {
    await writePairs(dir, migrations);
  },
  up: (url) => ({
    args: ["migrate", "--migrations", "."],
    env: { DATABASE_URL: url.href },
  }),
  status: (url) => ({
    args: ["status", "--migrations", "."],
    env: { DATABASE_URL: url.href },
  }),
  hasHistory: true,
} as const satisfies Tool;

const golangMigrate: Tool = {
  title: "golang-migrate",
  load: () => goTool("migrate"),
  write: (dir, migrations) =>
    writeEach(dir, migrations, ({ number, name, sql }) => [
      `${padded(number)}_${name}.up.sql`,
      sql,
    ]),
  up: (url) => ({ args: ["-path", ".", "-database", noTls(url), "up"] }),
  status: (url) => ({ args: ["-path", ".", "-database", noTls(url), "version"] }),
  hasHistory: true,
};

const dbmate: Tool = {
  title: "dbmate",
  load: dbmateProgram,
  write: (dir, migrations) =>
    writeEach(dir, migrations, ({ number, name, sql }) => [
      `${dated(number)}_${name}.sql`,
      dbmateFile(`${sql}\n`),
    ]),
  up: (url) => ({ args: [...dbmateOptions(url), "--no-dump-schema", "migrate"] }),
  status: (url) => ({ args: [...dbmateOptions(url), "status"] }),
  hasHistory: true,
};

function dbmateOptions(url: URL): readonly string[] {
  return ["--url", noTls(url), "--migrations-dir", "."];
}

const nodePgMigrate: Tool = {
  title: "node-pg-migrate",
  load: () => npmTool("node-pg-migrate"),
  write: (dir, migrations) =>
    writeEach(dir, migrations, ({ number, name, sql }) => [
      `${String(1_700_000_000_000 + number)}_${name}.sql`,
      nodePgMigrateFile(sql),
    ]),
  up: (url) => ({ args: ["up", "-m", "."], env: { DATABASE_URL: url.href } }),
  hasHistory: true,
};

const graphileMigrate: Tool = {
  title: "graphile-migrate",
  load: () => npmTool("graphile-migrate"),
  write: writeCommitted,
  up: (url) => ({ args: ["migrate"], env: { DATABASE_URL: url.href } }),
  // It wants the shadow database named, and does not look at it.
  status: (url) => ({
    args: ["status"],
    env: { DATABASE_URL: url.href, SHADOW_DATABASE_URL: `${url.href}_shadow` },
  }),
  hasHistory: true,
};

const alembic: Tool = {
  title: "Alembic",
  load: alembicTool,
  write: async (dir, migrations) => {
    await mkdir(join(dir, "versions"));
    await writeEach(join(dir, "versions"), migrations, ({ number, name, sql }) => [
      `r${padded(number)}_${name}.py`,
      alembicRevision(
        `r${padded(number)}`,
        number === 1 ? undefined : `r${padded(number - 1)}`,
        `op.execute(${JSON.stringify(sql)})`,
      ),
    ]);
  },
  point: prepareAlembic,
  up: () => ({ args: ["upgrade", "head"] }),
  status: () => ({ args: ["current"] }),
  hasHistory: true,
};

const psql: Tool = {
  title: "psql, no history",
  load: () => Promise.resolve({ command: "psql", args: [] }),
  write: async (dir, migrations) => {
    await writePairs(dir, migrations);
  },
  up: (url, migrations) => ({
    args: [
      ...["-d", url.href],
      ...psqlArguments(migrations.map(({ number, name }) => `${padded(number)}_${name}_up.sql`)),
    ],
  }),
  hasHistory: false,
};

/** The ratios' base. */
export const goose: Tool = {
  title: "goose",
  load: () => goTool("goose"),
  write: (dir, migrations) =>
    writeEach(dir, migrations, ({ number, name, sql }) => [
      `${padded(number)}_${name}.sql`,
      gooseFile(`${sql}\n`),
    ]),
  up: (url) => ({ args: ["-dir", ".", "postgres", noTls(url), "up"] }),
  status: (url) => ({ args: ["-dir", ".", "postgres", noTls(url), "status"] }),
  hasHistory: true,
};

/** All of them, the ratios' base last. */
export const TOOLS: readonly Tool[] = [
  ...[lockstep, golangMigrate, dbmate, nodePgMigrate, graphileMigrate, alembic, psql],
  goose,
];

async function writeEach(
  dir: string,
  migrations: readonly SmallMigration[],
  fileOf: (migration: SmallMigration) => readonly [name: string, text: string],
): Promise<void> {
  for (const migration of migrations) {
    const [name, text] = fileOf(migration);
    await writeFile(join(dir, name), text);
  }
}

/** graphile-migrate takes only what it has committed itself: each file bears a digest of itself and of the one before. */
async function writeCommitted(dir: string, migrations: readonly SmallMigration[]): Promise<void> {
  const committed = join(dir, "migrations", "committed");
  await mkdir(committed, { recursive: true });
  await writeFile(join(dir, "migrations", "current.sql"), "");
  await writeFile(join(dir, ".gmrc"), "{}");
  let previous = "";
  for (const { number, sql } of migrations) {
    const text = `${previous}\n${sql}`.trim();
    const hash = `sha1:${createHash("sha1").update(`${text}\n`).digest("hex")}`;
    const head = `--! Previous: ${previous === "" ? "-" : previous}\n--! Hash: ${hash}\n`;
    await writeFile(join(committed, `${String(number).padStart(6, "0")}.sql`), `${head}\n${sql}\n`);
    previous = hash;
  }
}
