// Many small migrations: `lockstep migrate` on an empty database and once more, against psql with the same files.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { createDatabase, dropDatabase } from "../test/support/database.ts";
import { makeTempDir } from "../test/support/tempDir.ts";
import { compare, type Contender } from "./compare.ts";
import { peakOf } from "./measure.ts";
import { reportLines } from "./report.ts";

const command = fileURLToPath(new URL("../bin/lockstep.mjs", import.meta.url));

/** Measures `count` files on a server of the run's own; without psql on PATH only lockstep, and says so. */
export async function benchManyMigrations(runs: number, count: number): Promise<readonly string[]> {
  const dir = await makeTempDir("many");
  const files = await writeMigrations(dir, count);
  const fresh = new FreshDatabase();
  const home = { LOCKSTEP_HOME: "" };
  const migrate = ["migrate", "--migrations", dir];
  const lockstep = (title: string, prepare: () => Promise<void>): Contender => ({
    title,
    prepare,
    run: () => follow(process.execPath, [command, ...migrate], { ...home, ...fresh.env }),
  });
  const first = lockstep("lockstep migrate, first run", async () => {
    await fresh.renew();
    // Nothing that an earlier run has learnt about the files.
    home.LOCKSTEP_HOME = await makeTempDir("home");
  });
  const again = lockstep("lockstep migrate, nothing to do", () => Promise.resolve());
  const psql: Contender = {
    title: "psql, one call",
    prepare: () => fresh.renew(),
    run: () => follow("psql", psqlArguments(files), fresh.env),
  };
  const hasPsql = await isThere("psql");
  const title = `${count.toLocaleString("en")} small migrations on an empty database`;
  try {
    const contenders = hasPsql ? [first, again, psql] : [first, again];
    const lines = reportLines(title, await compare(contenders, runs));
    return hasPsql ? lines : [...lines, "  psql is not on PATH: no comparison with it"];
  } finally {
    await fresh.drop();
  }
}

/** One database, made anew before each run that needs an empty one. */
class FreshDatabase {
  #url: string | undefined;

  get env(): Record<string, string> {
    const url = this.#url ?? "";
    const { username, password, hostname, port, pathname } = new URL(url);
    const parts = { PGUSER: username, PGPASSWORD: password, PGHOST: hostname, PGPORT: port };
    return { DATABASE_URL: url, ...parts, PGDATABASE: pathname.slice(1) };
  }

  async renew(): Promise<void> {
    await this.drop();
    this.#url = await createDatabase();
  }

  async drop(): Promise<void> {
    if (this.#url !== undefined) await dropDatabase(this.#url);
    this.#url = undefined;
  }
}

/** Every tenth file makes a table; those between add a column, an index, a row or a comment to it. */
async function writeMigrations(dir: string, count: number): Promise<readonly string[]> {
  const files: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const { name, sql } = migration(n);
    const base = join(dir, `${String(n).padStart(5, "0")}_${name}`);
    await writeFile(`${base}_up.sql`, `${sql}\n`);
    await writeFile(`${base}_down.sql`, "-- made to measure: the database goes as a whole\n");
    files.push(`${base}_up.sql`);
  }
  return files;
}

function migration(n: number): { readonly name: string; readonly sql: string } {
  const table = `t${String(n - ((n - 1) % 10))}`;
  const key = "id bigint generated always as identity primary key";
  switch ((n - 1) % 10) {
    case 0:
      return { name: `create_${table}`, sql: `create table ${table} (${key}, name text);` };
    case 3:
      return { name: `index_${table}`, sql: `create index ${table}_name on ${table} (name);` };
    case 6:
      return { name: `fill_${table}`, sql: `insert into ${table} (name) values ('first');` };
    case 9:
      return { name: `note_${table}`, sql: `comment on table ${table} is 'made to measure';` };
    default:
      return { name: `add_c${n}`, sql: `alter table ${table} add column c${n} integer;` };
  }
}

/** Quiet, no user's psqlrc, and an end at the first error. Each file commits by itself. */
function psqlArguments(files: readonly string[]): string[] {
  return ["-X", "-q", "-v", "ON_ERROR_STOP=1", ...files.flatMap((file) => ["-f", file])];
}

async function follow(file: string, args: readonly string[], env: Record<string, string>) {
  const child = execa(file, args, { env, stdin: "ignore", all: true });
  const peakBytes = await peakOf(child.pid ?? 0, child);
  return { peakBytes };
}

async function isThere(program: string): Promise<boolean> {
  return execa(program, ["--version"]).then(
    () => true,
    () => false,
  );
}
