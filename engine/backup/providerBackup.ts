// A backup that the database's provider keeps: a command may ask for a snapshot, and a recent drill stands in for the proof.
import { execa } from "execa";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { DEFAULT_DRILL_AGE_MS, ensureDrilled } from "./drill.ts";
import { PROOF_URL_VARIABLE } from "./proofWish.ts";

/** What a stack says of its provider. */
export interface ProviderSettings {
  /** Program and arguments; the last line that it prints is the snapshot's id. @default none: the provider archives all along */
  readonly snapshot?: readonly string[] | undefined;
  /** A drill counts for so long, ms. @default 30 days */
  readonly drillMaxAgeMs?: number | undefined;
}

/** For which stage, and with what. */
export interface ProviderRequest extends ProviderSettings {
  readonly target: DatabaseTarget;
  readonly label: string;
  readonly before: "expand" | "contract";
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The command's business are neither the database nor lockstep's own keys. */
const KEPT_BACK = [
  ...["DATABASE_URL", "DIRECT_URL", "LOCKSTEP_STEP", "LOCKSTEP_BACKUP_KEY"],
  PROOF_URL_VARIABLE,
];
const MAX_ID = 200;

/**
 * Asks for the snapshot, where there is a command for it. @returns its id.
 * @throws LockstepError BACKUP_FAILED without a recent drill, and where the command fails or names nothing; INTERRUPTED.
 */
export async function takeProviderBackup(request: ProviderRequest): Promise<string> {
  const { target, snapshot, drillMaxAgeMs = DEFAULT_DRILL_AGE_MS, report } = request;
  const options = { applicationName: "lockstep:backup" };
  const drilled = await withConnection(target, options, (client) =>
    ensureDrilled(client, drillMaxAgeMs),
  );
  report("info", `the provider's backups were restored in a drill on ${drilled}`);
  const id = snapshot ? await runSnapshot(snapshot, request) : "continuous";
  report("info", snapshot ? `snapshot ${id} was taken` : "the provider archives all along");
  return id;
}

async function runSnapshot(
  [program = "", ...args]: readonly string[],
  { env, label, before, report, signal }: ProviderRequest,
): Promise<string> {
  report("progress", `backup: ${program} takes a snapshot`);
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !KEPT_BACK.includes(name)));
  const ended = await execa(program, args, {
    env: { ...own, LOCKSTEP_RELEASE: label, LOCKSTEP_BEFORE: before },
    ...{ extendEnv: false, stdin: "ignore", reject: false, forceKillAfterDelay: 5_000 },
    cancelSignal: signal,
  });
  if (signal.aborted) {
    throw new LockstepError("INTERRUPTED", "The snapshot's command was interrupted", {
      next: "run `pulumi up` again",
    });
  }
  const id = ended.stdout.trim().split("\n").at(-1)?.trim().slice(0, MAX_ID) ?? "";
  if (!ended.failed && id !== "") return id;
  throw new LockstepError("BACKUP_FAILED", "The snapshot's command gave no snapshot", {
    where: `lockstep:backup.snapshot: ${program}`,
    seen: ended.failed ? describeEnd(ended) : "it ended well and printed nothing",
    likely: ended.failed
      ? "the program is not there, or may not do it"
      : "the last line that it prints has to be the snapshot's id",
    next: "run it by hand where the step runs, then `pulumi up` again",
  });
}

/** How it ended, and its last words. One that never started has no exit code. */
function describeEnd(ended: {
  readonly exitCode?: number | undefined;
  readonly originalMessage?: string | undefined;
  readonly stderr: string;
}): string {
  const { exitCode, originalMessage, stderr } = ended;
  const how = exitCode === undefined ? originalMessage : `exit code ${String(exitCode)}`;
  return [how, stderr.trim().split("\n").slice(-5).join("\n")].filter(Boolean).join("\n");
}
