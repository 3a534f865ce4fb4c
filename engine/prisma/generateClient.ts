// Prisma's client, generated after its schema changed: a help for the app's build, and never a reason to fail a migration.
import { execa } from "execa";
import { redact } from "../errors/formatError.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";

/** How long `prisma generate` may take unless told otherwise: 2 minutes, in ms. */
const GENERATE_LIMIT_MS = 120_000;
/** How long it has to end by itself once it is told to, ms. */
const KILL_AFTER_MS = 5_000;
/** How many of its last lines a warning shows. */
const MOST_LINES = 8;

/** What to generate, and where. */
export interface GenerateOptions {
  /** The schema file or folder; where it is missing Prisma looks for it. */
  readonly schema: string | undefined;
  /** The project's folder: its own `prisma` is started, and no other is fetched. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default 120,000 */
  readonly limitMs?: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Runs `prisma generate`; whatever is wrong with it is reported as a warning.
 * @throws LockstepError INTERRUPTED; what was migrated before stays applied.
 * @returns whether the client was generated.
 */
export async function generateClient(options: GenerateOptions): Promise<boolean> {
  const { schema, cwd, env, report, signal, limitMs = GENERATE_LIMIT_MS } = options;
  const args = ["generate", ...(schema === undefined ? [] : [`--schema=${schema}`])];
  report("progress", "prisma generate");
  const started = performance.now();
  const ended = await execa("prisma", args, {
    ...{ cwd, env, extendEnv: false, preferLocal: true, localDir: cwd, stdin: "ignore" },
    ...{ all: true, reject: false, timeout: limitMs },
    ...{ cancelSignal: signal, forceKillAfterDelay: KILL_AFTER_MS },
  });
  if (signal.aborted) throw interrupted(ended);
  if (!ended.failed) {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    report("info", `Prisma's client generated after ${seconds} s`);
    return true;
  }
  report("warn", warning(ended, limitMs), { exitCode: ended.exitCode ?? null });
  return false;
}

/** How the program ended, as far as a warning says it. */
interface Ended {
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly timedOut: boolean;
  readonly all?: string | undefined;
}

function warning({ code, exitCode, timedOut, all = "" }: Ended, limitMs: number): string {
  const again = "the migrations are applied; generate it again with `npx prisma generate`";
  const what = "Prisma's client was not generated";
  if (code === "ENOENT") {
    return `${what}: there is no prisma in this project (npm install --save-dev prisma); ${again}`;
  }
  const why = timedOut
    ? `it took longer than ${String(limitMs / 1000)} s`
    : `exit code ${String(exitCode ?? "unknown")}`;
  const lines = redact(all)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return [`${what}: ${why}; ${again}`, ...lines.slice(-MOST_LINES)].join("\n  ");
}

function interrupted(cause: unknown): LockstepError {
  return new LockstepError("INTERRUPTED", "Interrupted while Prisma's client was generated", {
    next: "the migrations are applied; generate it again with `npx prisma generate`",
    cause,
  });
}
