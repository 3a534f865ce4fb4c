// How a drain waits: by the names of sessions, or behind a fence of logins where a pooler hides these.
import { waitUntilDrained } from "../engine/drain/drain.ts";
import { describeSession, readOldSessions } from "../engine/drain/sessions.ts";
import { withConnection } from "../engine/drivers/postgres/connect.ts";
import { readPooling } from "../engine/drivers/postgres/pooler.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { endOldSessions, raiseFence, readLogin, type KnownLogin } from "../engine/fence/fence.ts";
import { releaseId } from "../engine/plan/release.ts";
import type { ResourceContext } from "./resource.ts";
import type { DrainInputs } from "./schema.ts";
import type { StandingConnection } from "./standingConnection.ts";

/** What a wait needs beside its inputs. */
export interface WaitMeans {
  readonly ledger: StandingConnection;
  /** Older instances of the app, one line each. */
  readonly processes: () => Promise<readonly string[]>;
  readonly context: ResourceContext;
}

/**
 * The login that tells this release from older ones; undefined where names are proof enough.
 * @throws LockstepError NOT_READY_FOR_CONTRACT where names prove nothing, or the release has no login yet.
 */
export async function findLogin(
  { fence, pooled, release }: DrainInputs,
  target: DatabaseTarget,
  ledger: StandingConnection,
): Promise<KnownLogin | undefined> {
  const login = await ledger.use((client) => readLogin(client, release.digest));
  if (login) return login;
  if (fence === "role") {
    throw new LockstepError("NOT_READY_FOR_CONTRACT", "The release has no login of its own yet", {
      where: `release ${release.label}`,
      likely:
        "its app was started before lockstep:drain.fence was set, and left out since (--target)",
      next: "run `pulumi up` without --target: it starts the app with that login first",
    });
  }
  if (fence === "none") return undefined;
  const isPooled =
    pooled === true ||
    (await withConnection(target, { applicationName: "lockstep:pooler" }, (client) =>
      readPooling(client, target),
    )) !== "none";
  if (isPooled) throw provesNothing(release.label);
  return undefined;
}

/** Waits for instances and for sessions by their names. @throws LockstepError DRAIN_TIMEOUT */
export async function drainByNames(inputs: DrainInputs, means: WaitMeans): Promise<void> {
  const { processes, context } = means;
  const sessions = () => oldSessions(inputs, means);
  await waitUntilDrained({ processes, sessions }, { ...inputs, ...context });
}

/**
 * Waits for the instances, closes the logins of older releases, ends what is left of their sessions, and looks whether
 * any of it comes back. A pooler's idle sessions are no reason to wait: nobody stands behind them any more.
 * @throws LockstepError DRAIN_TIMEOUT, PRIVILEGE
 */
export async function drainByLogins(
  inputs: DrainInputs,
  login: KnownLogin,
  means: WaitMeans,
): Promise<void> {
  const { ledger, processes, context } = means;
  const { report } = context;
  const nobody = () => Promise.resolve([]);
  await waitUntilDrained({ processes, sessions: nobody }, { ...inputs, ...context });
  const { digest } = inputs.release;
  const closed = await ledger.use((client) => raiseFence(client, login, digest));
  if (closed.length > 0) report("info", `logins of older releases closed: ${closed.join(", ")}`);
  let ended = 0;
  const sessions = async () => {
    // At each look: one that was just logging in shows up a moment later.
    ended += await ledger.use((client) => endOldSessions(client, login));
    return oldSessions(inputs, means, login.role);
  };
  await waitUntilDrained({ processes, sessions }, { ...inputs, ...context });
  if (ended > 0) report("info", `${String(ended)} sessions of older releases ended`);
}

async function oldSessions(
  { release, allowed }: DrainInputs,
  { ledger }: WaitMeans,
  login?: string,
): Promise<readonly string[]> {
  const mine = releaseId(release.label, release.digest);
  const filter = { releaseId: mine, allowedApplications: allowed, login };
  return (await ledger.use((client) => readOldSessions(client, filter))).map(describeSession);
}

function provesNothing(label: string): LockstepError {
  return new LockstepError(
    "NOT_READY_FOR_CONTRACT",
    "Behind a pooler nobody can tell that the older release is gone",
    {
      where: `release ${label}`,
      seen: "the app connects through a pooler, where an old client shows no session until it asks, and a gone one leaves its",
      likely:
        "lockstep:database.directUrl (or directKey) says so, or the server's sessions are handed on",
      next: "give each release a login of its own, which can be closed: pulumi config set --path lockstep:drain.fence role (docs/drain.md); or answer for it yourself: lockstep:drain.fence none",
    },
  );
}
