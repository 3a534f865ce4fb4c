// `lockstep unlock`: frees the lease of a runner that is gone, or with --force of one that is not.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { unlock, watchLease, type WatchedLease } from "../../engine/lease/unlock.ts";
import { hasLedger } from "../../engine/ledger/schema.ts";
import { askForYes } from "../consent.ts";
import type { CommandRun } from "../context.ts";
import { readUserName } from "../userName.ts";

/** What `lockstep unlock` takes. */
export interface UnlockOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
}

/** Watches the holder for as long as its lease lives, says what would happen, asks, and frees the lease. */
export const runUnlock: CommandRun<UnlockOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const report = reporter("unlock", context.sink);
  const there = await withConnection(target, { applicationName: "lockstep:unlock" }, hasLedger);
  const watched = there ? await watchLease(target, { report, signal: context.signal }) : undefined;
  if (!watched) {
    return { json: { unlocked: null }, lines: [`nobody holds the lease at ${target.display}`] };
  }
  const { row, isAlive } = watched;
  if (isAlive && !options.force) throw stillAlive(watched, target.display);
  for (const line of explain(watched)) context.say(line);
  const question = `Free the lease of ${row.holder}?`;
  const command = `lockstep unlock${options.force ? " --force" : ""}`;
  if (!(await askForYes(context, { ...options, question, command }))) {
    return {
      json: { unlocked: null },
      lines: [`${row.holder} keeps the lease; nothing was changed`],
      exitCode: EXIT_CODES.failed,
    };
  }
  const by = `lockstep unlock by ${await readUserName(context.cwd)}`;
  const ended = await unlock(target, row, { by, report });
  return {
    json: { unlocked: { holder: row.holder, ended } },
    lines: [`the lease is free; ${String(ended)} sessions of ${row.holder} were ended`],
  };
};

function stillAlive({ row }: WatchedLease, where: string): LockstepError {
  return new LockstepError("LEASE_NOT_OBTAINED", "The lease's holder is alive", {
    where,
    seen: `${row.holder}, doing: ${row.doing}`,
    likely: "a release or a command is at work there",
    next: "let it end or interrupt it (Ctrl-C); only if it can be neither: lockstep unlock --force",
  });
}

function explain({ row, isAlive }: WatchedLease): readonly string[] {
  return [
    isAlive
      ? `${row.holder} holds the lease and is alive: ${row.doing}.`
      : `${row.holder} holds the lease and gave no sign of life for ${String(row.ttl_ms / 1000)} s; it did: ${row.doing}.`,
    "Freeing it ends what still works under it in the server; that is rolled back, except for what runs outside",
    "of transactions, which the next run finds and goes on with. A holder that comes back can commit nothing more.",
    ...(isAlive ? [] : ["The next run would take it over by itself."]),
  ];
}
