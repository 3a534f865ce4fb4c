// Runs the real command as users do, with a folder, a home and an environment of its own.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { keepOutput } from "../../support/keepOutput.ts";

/** The path of the command's script. */
export const COMMAND = join(import.meta.dirname, "../../../bin/lockstep.mjs");

/** Where and with what a command runs. */
export interface CallOptions {
  /** Its working folder; LOCKSTEP_HOME is below it. */
  readonly cwd: string;
  /** DATABASE_URL; not set when missing. */
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command without waiting for its end. */
export function startLockstep(args: readonly string[], options: CallOptions) {
  return execa(process.execPath, [COMMAND, ...args], {
    stdin: "ignore",
    reject: false,
    cwd: options.cwd,
    env: commandEnv(options),
    extendEnv: false,
  });
}

/** The environment of a command: nothing of the test's own that names a database. */
export function commandEnv({ cwd, url, env }: CallOptions): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: cwd,
    // Marks it as this test run's, which ends what is left of it.
    LOCKSTEP_TEST_RUN: process.env.LOCKSTEP_TEST_RUN ?? "",
    LOCKSTEP_HOME: join(cwd, ".home"),
    ...(url === undefined ? {} : { DATABASE_URL: url }),
    ...env,
  };
}

/** Runs the command to its end. */
export async function lockstep(args: readonly string[], options: CallOptions): Promise<Ended> {
  const { exitCode, stdout, stderr } = await startLockstep(args, options);
  await keepOutput(stdout, stderr);
  return { exitCode, stdout, stderr };
}

/** Runs the command with `--json` and gives its document, which must be all of stdout. */
export async function lockstepJson(
  args: readonly string[],
  options: CallOptions,
): Promise<Ended & { readonly document: Record<string, unknown> }> {
  const ended = await lockstep([...args, "--json"], options);
  return { ...ended, document: JSON.parse(ended.stdout) as Record<string, unknown> };
}

/** Writes `files` (name to text) into `migrations` below `cwd`; each up file gets a down file. */
export async function writeMigrations(
  cwd: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  const dir = join(cwd, "migrations");
  await mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(dir, name), text);
    const down = name.replace(/_up\.sql$/, "_down.sql");
    if (down !== name && files[down] === undefined) await writeFile(join(dir, down), "-- none\n");
  }
}
