// The target's schema without its rows, by pg_dump into pg_restore: nothing of it touches the disk in between.
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { bareEnvironment, clientEnvironment } from "../backup/clientEnvironment.ts";
import { findPrograms, type PostgresProgram } from "../backup/clients.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";

/** How long pg_dump waits for a table that a change holds, ms. */
const LOCK_WAIT_MS = 30_000;

/** Programs of one version. */
export interface DumpPrograms {
  readonly dump: PostgresProgram;
  readonly restore: PostgresProgram;
}

/** What to copy where. */
export interface CopyRequest {
  readonly from: DatabaseTarget;
  readonly to: DatabaseTarget;
  readonly programs: DumpPrograms;
  readonly signal: AbortSignal;
}

/** Programs that can dump a server of `major` and load it into one: the same version or a later one; undefined if none are here. */
export async function findDumpPrograms(major: number): Promise<DumpPrograms | undefined> {
  const restorers = await findPrograms("pg_restore");
  const fitting = (await findPrograms("pg_dump"))
    .filter((program) => program.major >= major)
    .toReversed();
  for (const dump of fitting) {
    const restore = restorers.find((program) => program.version === dump.version);
    if (restore) return { dump, restore };
  }
  return undefined;
}

/**
 * Copies the schema, the ledger's aside, with owners left out.
 * @throws LockstepError PROCESS_FAILED with what the programs said.
 */
export async function copySchema({ from, to, programs, signal }: CopyRequest): Promise<void> {
  const options = {
    ...{ extendEnv: false, reject: false, forceKillAfterDelay: 5_000, cancelSignal: signal },
  } as const;
  const { dump, restore } = programs;
  const reading = execa(
    dump.path,
    [
      ...["--schema-only", "--format=custom", "--exclude-schema=lockstep", "--no-password"],
      `--lock-wait-timeout=${String(LOCK_WAIT_MS)}`,
    ],
    {
      ...options,
      env: clientEnvironment(from),
      stdin: "ignore",
      encoding: "buffer",
      buffer: { stdout: false },
    },
  );
  const writing = execa(
    restore.path,
    [
      ...["--exit-on-error", "--no-owner", "--no-tablespaces", "--no-subscriptions"],
      ...["--no-security-labels", `--dbname=${to.database}`],
    ],
    { ...options, env: restoreEnvironment(to) },
  );
  // Given as the other's stdin, the stream would be read by nobody here, and its end never be seen. What breaks it
  // off is told by the programs themselves.
  pipeline(reading.stdout, writing.stdin).catch(() => undefined);
  const [read, written] = await Promise.all([reading, writing]);
  signal.throwIfAborted();
  if (!read.failed && !written.failed) return;
  const dumped = Buffer.from(read.stderr).toString().trim();
  // Each complains where the other ended: of the writer's end the reader says no more than that its pipe broke.
  const isReader = read.failed && dumped !== "" && !/broken pipe|reset by peer/i.test(dumped);
  const own = isReader ? dumped : written.stderr.trim();
  const stderr = own || ((isReader ? read : written).originalMessage ?? "");
  throw new LockstepError("PROCESS_FAILED", "The target's schema could not be copied", {
    where: `${from.display}, ${isReader ? dump.path : restore.path} ${dump.version}`,
    seen: stderr.split("\n").slice(-6).join("\n"),
    likely: /extension/.test(stderr)
      ? "the scratch server lacks an extension that the target has"
      : "the role may not read all of the target, or the rehearsal's server cannot take it",
    next: "rehearse on a server that is like the target: export LOCKSTEP_REHEARSAL_URL=postgresql://USER:PASSWORD@HOST/postgres",
  });
}

function restoreEnvironment(to: DatabaseTarget): Record<string, string> {
  return { ...bareEnvironment(), ...clientEnvironment(to) };
}
