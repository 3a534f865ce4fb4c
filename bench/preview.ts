// A long history: what `lockstep plan` and `pulumi preview` of one more file cost after 1, 100 and 10,000 applied ones.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { serverUrl } from "../test/support/database.ts";
import { makeProject, type PulumiProject } from "../test/support/pulumiProject.ts";
import { makeTempDir } from "../test/support/tempDir.ts";
import { compare, type Contender } from "./compare.ts";
import { FreshDatabase } from "./freshDatabase.ts";
import { reportLines } from "./report.ts";
import { steadyMigrations } from "./steadyMigrations.ts";
import { writePairs } from "./tools/plainFiles.ts";

const command = fileURLToPath(new URL("../bin/lockstep.mjs", import.meta.url));

/** The last is the base. */
const HISTORIES = [10_000, 100, 1] as const;
const FOLDER = "history";

/** A project with its database, `applied` files behind it and one to come. */
interface History {
  readonly applied: number;
  readonly project: PulumiProject;
  readonly database: FreshDatabase;
  readonly env: Readonly<Record<string, string>>;
}

/** Sets the three histories up, measures, and takes them down again. */
export async function benchPreview(runs: number): Promise<readonly string[]> {
  const histories: History[] = [];
  try {
    for (const applied of HISTORIES) histories.push(await makeHistory(applied));
    return [
      ...reportLines("lockstep plan of one more file", await compare(histories.map(plan), runs)),
      ...reportLines("pulumi preview of it", await compare(histories.map(preview), runs)),
      ...reportLines("reading the files alone", await compare(histories.map(reading), runs)),
    ];
  } finally {
    for (const { database } of histories) await database.drop();
  }
}

async function makeHistory(applied: number): Promise<History> {
  const database = new FreshDatabase(await serverUrl());
  await database.renew();
  const project = await makeProject();
  await mkdir(join(project.dir, FOLDER));
  await writePairs(join(project.dir, FOLDER), steadyMigrations(applied + 1));
  await project.configure({ "lockstep:migrations": FOLDER, "lockstep:target": undefined });
  await project.setSecret("lockstep:database.url", database.url.href);
  const env = { ...database.env, LOCKSTEP_HOME: await makeTempDir("home") };
  const target = String(applied).padStart(5, "0");
  await lockstep({ project, env }, "migrate", "--target", target);
  return { applied, project, database, env };
}

function plan(history: History): Contender {
  return { title: titleOf(history), run: () => lockstep(history, "plan") };
}

function preview(history: History): Contender {
  return { title: titleOf(history), run: () => pulumi(history.project, "preview") };
}

/** As many bytes and names, and nothing done with them. */
function reading(history: History): Contender {
  const folder = join(history.project.dir, FOLDER);
  const script = `const fs = require("fs"); for (const name of fs.readdirSync(process.argv[1])) fs.readFileSync(process.argv[1] + "/" + name)`;
  return {
    title: titleOf(history),
    run: async () => {
      await execa(process.execPath, ["-e", script, folder]);
      return undefined;
    },
  };
}

function titleOf({ applied }: History): string {
  return `${applied.toLocaleString("en")} applied`;
}

async function lockstep({ project, env }: Pick<History, "project" | "env">, ...args: string[]) {
  const given = [command, ...args, "--migrations", FOLDER, "--stack", "none"];
  await execa(process.execPath, given, { cwd: project.dir, env, stdin: "ignore" });
  return undefined;
}

async function pulumi(project: PulumiProject, ...args: string[]) {
  const { exitCode, text } = await project.pulumi(...args);
  if (exitCode !== 0) throw new Error(`pulumi ${args[0] ?? ""} failed:\n${text}`);
  return undefined;
}
