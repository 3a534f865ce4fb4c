// Where a wanted schema comes from: a file of SQL, or another tool's project through the tool itself.
import { basename, dirname, resolve } from "node:path";
import { execa } from "execa";
import { redact } from "../errors/formatError.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { runAlembic } from "../sources/formats/alembicRevisions.ts";
import { type DesiredSchema, readSchemaFile } from "./desired.ts";

/** Where to look, and what may be started with. */
export interface WantedContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** How long a tool may take, ms. */
const TOOL_LIMIT_MS = 120_000;

/**
 * Reads the wanted schema at `path`: `*.prisma` and a folder called prisma through `prisma migrate diff`, `*.ini` through
 * Alembic's offline mode, all else as SQL.
 * @throws LockstepError CONFIG where a file cannot be read, PROCESS_FAILED where a tool is not there or fails, MIGRATION_FILES
 * where Alembic cannot be started.
 */
export async function readWanted(path: string, context: WantedContext): Promise<DesiredSchema> {
  const file = resolve(context.cwd, path);
  if (path.endsWith(".prisma") || basename(file) === "prisma") return fromPrisma(path, context);
  if (path.endsWith(".ini")) return fromAlembic(path, file);
  return { ...(await readSchemaFile(file)), from: path };
}

/** Prisma writes what its models need in an empty database. Flags were renamed in Prisma 7. */
async function fromPrisma(path: string, context: WantedContext): Promise<DesiredSchema> {
  const first = await runPrisma(["--to-schema-datamodel", path], context);
  const isOther = first.exitCode !== 0 && /to-schema-datamodel/.test(first.all);
  const ended = isOther ? await runPrisma(["--to-schema", path], context) : first;
  context.signal.throwIfAborted();
  const from = `prisma migrate diff (${path})`;
  if (ended.exitCode === 0) return { sql: ended.stdout, from };
  const isMissing = ended.code === "ENOENT";
  throw new LockstepError("PROCESS_FAILED", "Prisma could not tell the wanted schema", {
    where: path,
    seen: isMissing ? "there is no prisma in this project" : tail(ended.all),
    next: isMissing
      ? "npm install --save-dev prisma, or name a file of SQL: lockstep sync --schema schema.sql"
      : `npx prisma migrate diff --from-empty --to-schema-datamodel ${path} --script`,
  });
}

async function runPrisma(to: readonly string[], { cwd, env, signal }: WantedContext) {
  const ended = await execa("prisma", ["migrate", "diff", "--from-empty", ...to, "--script"], {
    ...{ cwd, env, extendEnv: false, preferLocal: true, localDir: cwd, stdin: "ignore" },
    ...{ all: true, reject: false, timeout: TOOL_LIMIT_MS, cancelSignal: signal },
  });
  const { exitCode, code, stdout, all } = ended;
  return { exitCode, code, stdout, all };
}

/** What all revisions make; models that have no revision yet are not in it. */
async function fromAlembic(path: string, file: string): Promise<DesiredSchema> {
  const { failed, stdout, stderr } = await runAlembic(file, ["upgrade", "base:head", "--sql"]);
  const from = `alembic upgrade base:head --sql (${path})`;
  if (!failed) return { sql: stdout, from };
  throw new LockstepError("PROCESS_FAILED", "Alembic could not tell the wanted schema", {
    where: path,
    seen: tail(stderr),
    likely: "a revision asks the database, which offline SQL cannot",
    next: `cd ${dirname(path)} && alembic upgrade base:head --sql`,
  });
}

/** The last lines that a tool said. */
function tail(text: string): string {
  const lines = redact(text)
    .split("\n")
    .filter((line) => line.trim() !== "");
  return lines.slice(-6).join("\n");
}
