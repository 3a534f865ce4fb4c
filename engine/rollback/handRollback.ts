// A rollback by hand, as planned: first the app, then the files; recorded, verified, and told whole where a part of it fails.
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { formatError } from "../errors/formatError.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { lowerFence } from "../fence/fence.ts";
import { recordEvent } from "../ledger/record.ts";
import { rollBackRelease } from "../ledger/releases.ts";
import {
  describePlan,
  readRollbackPlan,
  type AppLook,
  type RollbackPlan,
  type RollbackWish,
} from "./planRollback.ts";

/** An app that a rollback by hand may take back; each platform has its own. */
export interface HandApp {
  readonly look: () => Promise<AppLook>;
  /**
   * Ends `release` and starts the one before, then waits until that serves as itself.
   * @throws LockstepError ROLLBACK_FAILED
   */
  readonly rollBack: (release: RollbackPlan["release"], report: Report) => Promise<AppBack>;
  /** Looks once more from outside: does it answer well. A string says what is wrong. */
  readonly prove: (releaseId: string) => Promise<string | undefined>;
}

/** How the app's part ended. */
export type AppBack =
  | { readonly kind: "rolledBack"; readonly to: string }
  | { readonly kind: "superseded"; readonly now: string }
  | { readonly kind: "nothingBefore" };

/** What a rollback by hand is given. */
export interface HandRollback {
  readonly target: DatabaseTarget;
  readonly plan: RollbackPlan;
  readonly app: HandApp | undefined;
  /** Takes back the files after `seq`; returns their names. */
  readonly takeBackFiles: (seq: bigint) => Promise<readonly string[]>;
  /** Who, and why: for the ledger. */
  readonly why: string;
  readonly report: Report;
}

/** What was done. */
export interface RollbackDone {
  /** The release that serves now; null where the app stayed. */
  readonly to: string | null;
  readonly takenBack: readonly string[];
}

const APPLICATION = { applicationName: "lockstep:rollback" };

/**
 * Looks at app and ledger, and plans.
 * @throws LockstepError as `readRollbackPlan` does.
 */
export async function lookBack(
  target: DatabaseTarget,
  wish: RollbackWish,
  app: HandApp | undefined,
): Promise<RollbackPlan> {
  const look = await app?.look();
  return withConnection(target, APPLICATION, (client) => readRollbackPlan(client, wish, look));
}

/**
 * Does what `plan` says. The app goes first: the release before can work with what expand added, and the other way
 * round it would miss it.
 * @throws LockstepError ROLLBACK_FAILED with what failed, what is done already, and what to do next.
 */
export async function rollBackByHand(work: HandRollback): Promise<RollbackDone> {
  const { plan, report } = work;
  for (const line of describePlan(plan)) report("info", line);
  const to = plan.app ? await takeAppBack(work) : null;
  if (!plan.db) return { to, takenBack: [] };
  try {
    // A release that is still under way would keep the files from being touched.
    if (to === null) await record(work, null);
    const takenBack = plan.db.files.length > 0 ? await work.takeBackFiles(plan.db.seq) : [];
    return { to, takenBack };
  } catch (error) {
    throw filesStay(work, to, error);
  }
}

async function takeAppBack(work: HandRollback): Promise<string> {
  const { plan, app, report } = work;
  const { release } = plan;
  if (!app) throw new TypeError("a plan for an app needs the app");
  const goBack = async () => {
    await letBack(work);
    return app.rollBack(release, report);
  };
  const back = await goBack().catch(async (error: unknown) => {
    await note(work, "the rollback of the app failed");
    throw appFailed(work, error);
  });
  if (back.kind !== "rolledBack") {
    const seen = back.kind === "superseded" ? back.now : "there is no release before it any more";
    throw new LockstepError("ROLLBACK_FAILED", "The app changed meanwhile; nothing was done", {
      where: plan.app?.where ?? "the app",
      seen,
      next: "look at what serves, then run the same command again",
    });
  }
  const fault = await app.prove(back.to);
  await record(work, back.to);
  if (fault === undefined) {
    report("info", `${back.to} serves again, and answers well`);
    return back.to;
  }
  throw new LockstepError("ROLLBACK_FAILED", `${back.to} was put back, but is not well`, {
    where: plan.app?.where ?? "the app",
    seen: fault,
    likely: "it misses something beside the app: the database, a secret, another service",
    next: "see its log; set lockstep:release to a good release and run `pulumi up`",
  });
}

/** The release before must be able to log in: a drain of this one may have closed that. */
async function letBack({ target, plan, report }: HandRollback): Promise<void> {
  const opened = await withConnection(target, APPLICATION, (client) =>
    lowerFence(client, plan.release.digest),
  );
  if (opened.length > 0) {
    report("info", `logins of older releases open again: ${opened.join(", ")}`);
  }
}

/** As a gate's rollback: the release is remembered, and refused until it changes. */
async function record({ target, plan, why }: HandRollback, to: string | null): Promise<void> {
  await withConnection(target, APPLICATION, (client) =>
    rollBackRelease(client, plan.release.digest, { to, why }),
  );
}

/** For the history; where the ledger is away, the error that follows says enough. */
async function note({ target, plan, why }: HandRollback, what: string): Promise<void> {
  const data = { to: null, why: `${why}; ${what}` };
  await withConnection(target, APPLICATION, (client) =>
    recordEvent(client, { release: plan.release.digest, kind: "rollback", data }),
  ).catch(() => undefined);
}

function appFailed({ plan }: HandRollback, error: unknown): LockstepError {
  return new LockstepError(
    "ROLLBACK_FAILED",
    `Release ${plan.release.id} is to go, and going back failed`,
    {
      where: plan.app?.where ?? "the app",
      seen: formatError(error),
      next: "nothing of the database was touched; see to the cause above, then run the same command again, or set lockstep:release to a good release and run `pulumi up`",
      cause: error,
    },
  );
}

function filesStay({ plan }: HandRollback, to: string | null, error: unknown): LockstepError {
  const app = to === null ? "the app was not touched" : `the app is back at ${to} and serves`;
  return new LockstepError("ROLLBACK_FAILED", "The files could not be taken back", {
    where: `release ${plan.release.id}`,
    seen: `${app}\n${formatError(error)}`,
    next: "what expand added may stay: the release before works with it. To try again: lockstep rollback --db",
    cause: error,
  });
}
