// What a rollback by hand would do: which release goes, what comes back, which files are taken back; and when it must not.
import type { ClientBase } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { readLedger, rowId, type AppliedMigration, type LedgerState } from "../ledger/ledger.ts";
import { lastEvent } from "../ledger/record.ts";
import { ensureNoneActive } from "../ledger/releases.ts";
import { releaseId } from "../plan/release.ts";
import { isRepeatableOrder } from "../sources/formats/order.ts";

/** What is taken back. */
export interface RollbackWish {
  readonly app: boolean;
  readonly db: boolean;
}

/** An app as it serves now. */
export interface AppLook {
  /** The release that serves: `1.1-3f9c2ab41c07`; undefined where nothing does. */
  readonly releaseId: string | undefined;
  /** The release that it can go back to; undefined where there is none. */
  readonly previous: string | undefined;
  /** For people: `process shop/prod/app`. */
  readonly where: string;
}

/** A rollback that may be done. */
export interface RollbackPlan {
  readonly release: { readonly digest: string; readonly label: string; readonly id: string };
  /** Missing where the app stays as it is. */
  readonly app?: { readonly to: string; readonly where: string };
  /** Missing where the database stays as it is. All that the ledger took after `seq`, the last first. */
  readonly db?: { readonly seq: bigint; readonly files: readonly string[] };
}

/**
 * Reads the ledger and plans.
 * @throws LockstepError UNSAFE_MIGRATION after contract (naming the undo, or the backup), RELEASE_ACTIVE in the
 * middle of another release, CONFIG where there is nothing to go back to or the app that serves needs what would go.
 */
export async function readRollbackPlan(
  client: ClientBase,
  wish: RollbackWish,
  app: AppLook | undefined,
): Promise<RollbackPlan> {
  const ledger = await readLedger(client);
  const plan = planRollback(ledger, wish, app);
  const contracted = ledger.applied.filter(
    (row) => row.stage === "contract" && row.release === plan.release.digest && !row.baseline,
  );
  if (contracted.length === 0) return plan;
  const kept = (ledger.soaking ?? []).map(({ number }) => number);
  if (contracted.every(({ number }) => kept.includes(number)))
    throw stillSoaks(plan.release.id, contracted);
  const backup = await lastEvent(client, ["backup"], plan.release.digest);
  throw hasContracted(plan.release.id, contracted, backup?.data.id);
}

/** The same from a ledger that was read. */
function planRollback(
  ledger: LedgerState,
  wish: RollbackWish,
  app: AppLook | undefined,
): RollbackPlan {
  const release = wish.app ? servingRelease(ledger, app) : lastAppliedRelease(ledger);
  ensureNoneActive(ledger.releases.filter((row) => row.digest !== release.digest));
  if (wish.app && app?.previous === undefined) throw nothingBefore(release.id, app);
  if (wish.db && !wish.app && app && mayNeed(ledger, release.digest, app))
    throw appNeedsIt(release.id, app);
  return {
    release,
    ...(wish.app && app?.previous !== undefined && { app: { to: app.previous, where: app.where } }),
    ...(wish.db && { db: filesBehind(ledger, release.digest) }),
  };
}

/** What will happen, a line each. */
export function describePlan({ release, app, db }: RollbackPlan): readonly string[] {
  const files = db?.files ?? [];
  return [
    `Rolling back release ${release.id}:`,
    ...(app
      ? [`  app       ${release.id} is ended, ${app.to} is started in its place (${app.where})`]
      : ["  app       stays as it is"]),
    ...(db === undefined
      ? ["  database  stays as it is: what expand added does not disturb the release before"]
      : [
          `  database  ${files.length === 0 ? "nothing to take back" : `taken back, the last first: ${files.join(", ")}`}`,
          ...(files.length === 0
            ? []
            : ["            what was written only into what they added is lost"]),
        ]),
    "  after     the release counts as rolled back: `pulumi up` refuses it until it changes",
  ];
}

function servingRelease(ledger: LedgerState, app: AppLook | undefined) {
  if (app?.releaseId === undefined) {
    throw new LockstepError(
      "CONFIG",
      "No release serves, so there is none to take the app back from",
      {
        where: app?.where ?? "no app of this stack is known on this machine",
        likely: "another stack or another machine runs it, or it was stopped",
        next: "check --stack; `pulumi up` starts the release that the stack's config names",
      },
    );
  }
  const { releaseId: id } = app;
  const row = ledger.releases.find(({ label, digest }) => releaseId(label, digest) === id);
  if (row) return { digest: row.digest, label: row.label, id };
  throw new LockstepError("CONFIG", "The ledger does not know the release that serves", {
    where: app.where,
    seen: id,
    likely: "DATABASE_URL is another stack's database",
    next: "lockstep history shows which releases this database knows",
  });
}

function lastAppliedRelease(ledger: LedgerState) {
  const last = ledger.applied
    .filter((row) => !isRepeatableOrder(row.number))
    .toSorted((a, b) => (a.seq < b.seq ? 1 : -1))[0];
  const row = ledger.releases.find(({ digest }) => digest === last?.release);
  if (row) return { digest: row.digest, label: row.label, id: releaseId(row.label, row.digest) };
  throw new LockstepError("CONFIG", "The files applied last belong to no release", {
    seen: last ? `${rowId(last)}, applied by hand` : "nothing is applied",
    next: "lockstep down takes back the last file, lockstep rollback NAME goes back to a mark",
  });
}

function filesBehind(ledger: LedgerState, digest: string) {
  const own = ledger.applied.filter((row) => row.release === digest);
  if (own.length === 0) return { seq: -1n, files: [] };
  const first = own.reduce((least, row) => (row.seq < least ? row.seq : least), own[0]?.seq ?? 0n);
  const files = ledger.applied
    .filter((row) => row.seq >= first && !isRepeatableOrder(row.number))
    .toSorted((a, b) => (a.seq < b.seq ? 1 : -1))
    .map(rowId);
  return { seq: first - 1n, files };
}

function nothingBefore(id: string, app: AppLook | undefined): LockstepError {
  return new LockstepError("CONFIG", "There is no release before it to go back to", {
    where: app?.where ?? "the app",
    seen: `${id} serves`,
    likely: "it is the first one, or it was rolled back to already",
    next: "set lockstep:release to a good one and run `pulumi up`",
  });
}

/** The release that applied the files, or one that came after it and found them there. */
function mayNeed({ releases }: LedgerState, digest: string, { releaseId: id }: AppLook): boolean {
  const owner = releases.find((row) => row.digest === digest);
  const serving = releases.find((row) => releaseId(row.label, row.digest) === id);
  if (!owner || !serving) return false;
  return serving === owner || serving.openedAt > owner.openedAt;
}

function appNeedsIt(owner: string, { releaseId: serving, where }: AppLook): LockstepError {
  const isOwner = serving === owner;
  return new LockstepError("CONFIG", "The app that serves needs what would be taken back", {
    where,
    seen: isOwner
      ? `${owner} serves`
      : `${serving ?? ""} serves, which was released after ${owner} had applied these files`,
    next: isOwner
      ? "lockstep rollback --both takes the app back first"
      : "take the app back first (lockstep rollback --app); or, where this app does without them: lockstep down",
  });
}

function stillSoaks(id: string, files: readonly AppliedMigration[]): LockstepError {
  const [first] = files.toSorted((a, b) => (a.number < b.number ? -1 : 1)).map(rowId);
  return new LockstepError("UNSAFE_MIGRATION", `${id} has contracted, and what it removed soaks`, {
    seen: `${files.map(rowId).join(", ")} put aside what the release before needs`,
    next: `give it back first: lockstep undo ${first ?? ""}, then the same command again`,
  });
}

function hasContracted(
  id: string,
  files: readonly AppliedMigration[],
  backup: string | undefined,
): LockstepError {
  return new LockstepError("UNSAFE_MIGRATION", `${id} has contracted: there is no way back`, {
    seen: [
      `${files.map(rowId).join(", ")} removed what the release before needs`,
      backup === undefined
        ? "the ledger knows of no backup before it"
        : `the backup before it: ${backup}`,
    ].join("\n"),
    next:
      backup === undefined
        ? "go forward: mend the app and release it"
        : `go forward with a mended release; or, where the data itself must come back: lockstep restore ${backup}`,
  });
}
