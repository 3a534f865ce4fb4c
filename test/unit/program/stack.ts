// A whole program run against a pretended engine, in a project folder of its own.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { record, type Recording, type RunOptions } from "../components/record.ts";

/** What index.ts exports. */
export type Program = typeof import("../../../index.ts");

/** The files of a small project: two expand files, one contract file, an app. */
export const FILES: Readonly<Record<string, string>> = {
  "migrations/01_create_a_up.sql": "CREATE TABLE a (b text);\n",
  "migrations/01_create_a_down.sql": "DROP TABLE a;\n",
  "migrations/02_add_c_up.sql": "ALTER TABLE a ADD COLUMN c text;\n",
  "migrations/02_add_c_down.sql": "ALTER TABLE a DROP COLUMN c;\n",
  "migrations/03_remove_b_up.sql": "ALTER TABLE a DROP COLUMN b;\n",
  "migrations/03_remove_b_down.sql": "ALTER TABLE a ADD COLUMN b text;\n",
  "app/server.mjs": "console.log(1);\n",
};

/** A dev stack's config for that project. */
export const CONFIG: Readonly<Record<string, unknown>> = {
  "lockstep:release": "1.1",
  "lockstep:app": { dir: "app", command: ["node", "server.mjs", "${release}"], port: 8080 },
};

/** Each run evaluates the module anew. */
let runs = 0;

/** Runs index.ts in a temporary project made of `files`. */
export async function runProgram(
  options: RunOptions = {},
  files: Readonly<Record<string, string>> = FILES,
): Promise<Recording<Program>> {
  return inProject(files, () => {
    const run = async () => {
      const url = new URL(`../../../index.ts?run=${String((runs += 1))}`, import.meta.url);
      return (await import(url.href)) as Program;
    };
    return record(run, { config: CONFIG, ...options });
  });
}

/** Runs `work` with a temporary project as working directory, as Pulumi would. */
export async function inProject<T>(
  files: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "lockstep-program-"));
  const [before, home] = [process.cwd(), process.env.LOCKSTEP_HOME];
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  process.env.LOCKSTEP_HOME = join(folder, "home");
  process.chdir(folder);
  try {
    return await work();
  } finally {
    process.chdir(before);
    if (home === undefined) delete process.env.LOCKSTEP_HOME;
    else process.env.LOCKSTEP_HOME = home;
    await rm(folder, { recursive: true });
  }
}
