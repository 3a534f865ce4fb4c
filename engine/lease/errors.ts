// What is said to a runner that does not get the lease, or loses it.
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { LeaseRow } from "./row.ts";

/** The error of a runner whose lease another one took over. */
export function leaseLost(): LockstepError {
  return new LockstepError("LEASE_LOST", "Another runner took the lease over", {
    likely: "this process or its connection stood still for longer than the lease's life",
    next: "run the same command again; nothing was applied after the takeover",
  });
}

/** The error of a runner that waited `waitMs` in vain. */
export function leaseNotObtained(
  row: LeaseRow,
  target: DatabaseTarget,
  waitMs: number,
): LockstepError {
  return new LockstepError("LEASE_NOT_OBTAINED", "Another runner holds the lease", {
    where: target.display,
    seen: `${row.holder}, doing: ${row.doing}; waited ${String(Math.round(waitMs / 1000))} s`,
    likely: "two releases or two commands run at the same time",
    next: "let it end, then run the same command again (`lockstep status` shows it)",
  });
}
