// The backup behind risky expand files: that of the release, or one by hand, as the ledger knows it.
import type { Client } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { readEvents, type LedgerEvent } from "../ledger/record.ts";
import type { FileRisk } from "../plan/risk.ts";
import type { HeldRun } from "./riskHold.ts";

/** Backups of single tables that may lie before the last whole one. */
const MOST_LOOKED_AT = 50;

/**
 * Looks for a backup of the whole database that is young enough: for a release its own before expand, by hand any.
 * @returns why there is none, where somebody answers for another one.
 * @throws LockstepError RISK_REFUSED.
 */
export async function ensureRiskBackedUp(
  client: Client,
  { release, backup, backupMaxAgeMs, scope }: HeldRun,
  files: readonly FileRisk[],
): Promise<string | undefined> {
  if (!release && !backup?.required) return undefined;
  if (!release && backup?.waived !== undefined) return backup.waived;
  const events = await readEvents(client, {
    kinds: ["backup"],
    limit: release ? 1 : MOST_LOOKED_AT,
    ...(release && { release: release.digest }),
  });
  const backups = events as readonly LedgerEvent<"backup">[];
  const last = backups.find(({ data }) =>
    release ? data.before === "expand" : data.tables === undefined,
  );
  if (last && last.ageMs <= backupMaxAgeMs) return undefined;
  throw new LockstepError("RISK_REFUSED", "These expand files have no backup to go back to", {
    where: files.map(({ path }) => path).join("\n"),
    seen: [
      ...files.map(({ file, level }) => `${file}, risk ${level}`),
      last
        ? `the backup ${last.data.id} is ${hours(last.ageMs)} h old (at most ${hours(backupMaxAgeMs)} h)`
        : release
          ? "no backup was taken before this release's expand"
          : "the ledger knows of no backup of the whole database",
    ].join("\n"),
    ...(release
      ? {
          likely: "expand was started on its own (--target), without the backup before it",
          next: "run `pulumi up` without --target: it takes the backup first",
        }
      : {
          likely: "lockstep:risk.backup of the stack asks for one before such files (docs/risk.md)",
          next: `npx lockstep backup --stack ${scope.stack}\nor say which one of yours there is: lockstep migrate --stack ${scope.stack} --without-backup "snapshot of 09:00, restored to test"`,
        }),
  });
}

function hours(ms: number): string {
  return (ms / 3_600_000).toFixed(1);
}
