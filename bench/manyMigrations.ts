// Many small migrations: `lockstep migrate` on an empty database and once more, against psql with the same files.
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { serverUrl } from "../test/support/database.ts";
import { makeTempDir } from "../test/support/tempDir.ts";
import { compare, type Contender } from "./compare.ts";
import { FreshDatabase } from "./freshDatabase.ts";
import { peakOf } from "./measure.ts";
import { reportLines } from "./report.ts";
import { smallMigrations } from "./smallMigrations.ts";
import { psqlArguments, writePairs } from "./tools/plainFiles.ts";

const command = fileURLToPath(new URL("../bin/lockstep.mjs", import.meta.url));

/** Measures `count` files on a server of the run's own; without psql on PATH only lockstep, and says so. */
export async function benchManyMigrations(runs: number, count: number): Promise<readonly string[]> {
  const dir = await makeTempDir("many");
  const files = await writePairs(dir, smallMigrations(count));
  const fresh = new FreshDatabase(await serverUrl());
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
