// Where the passes of a rehearsal play: the start database, and a copy of it for each pass on a server as it was.
import { randomBytes } from "node:crypto";
import type { Client } from "pg";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { Migration } from "../sources/migration.ts";
import type { RehearsalPlan } from "./planRehearsal.ts";
import type { RehearsalFinding } from "./result.ts";
import { asAdmin, withCopy, type RehearsalServer } from "./server.ts";
import {
  dropRoles,
  makeRolesOnce,
  readServerState,
  restoreServerState,
  withoutServerWide,
  withTablespacesInPlace,
} from "./serverWide.ts";

/** A prepared server. */
export interface Stage {
  readonly server: RehearsalServer;
  /** The database that each pass gets a copy of. */
  readonly start: string;
  readonly staged: readonly Migration[];
  /** The same list where file order is the same order. */
  readonly linear: readonly Migration[];
  readonly findings: readonly RehearsalFinding[];
  /** Runs `use` in a copy of the start; nothing of it is there for the next pass. */
  readonly inCopy: <T>(use: (target: DatabaseTarget) => Promise<T>) => Promise<T>;
}

/** What is to be played. */
export interface StageRequest {
  readonly plan: RehearsalPlan;
  /** The target's database; files may name it (ALTER DATABASE). */
  readonly name: string | undefined;
}

const START = "lockstep_start";
/** Databases on somebody's server, with the time of their making in s, so that what a killed rehearsal left is known. */
const NAMED = "lockstep_rehearsal";
/** No rehearsal takes this long, s. */
const LEFT_BEHIND_AFTER_S = 86_400;

/** Prepares `server`, runs `use`, and leaves nothing behind there. */
export async function withStage<T>(
  server: RehearsalServer,
  request: StageRequest,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  return server.isOwn ? onOwnCluster(server, request, use) : onNamedServer(server, request, use);
}

async function onOwnCluster<T>(
  server: RehearsalServer,
  { plan, name = "rehearsal" }: StageRequest,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const files = withTablespacesInPlace(plan.staged);
  return withCopy(server, { name: START, template: "template0" }, () =>
    use({
      ...{ server, start: START, findings: [], ...bothOrders(plan, files) },
      inCopy: async (work) => {
        const state = await asAdmin(server, readServerState);
        const copy = { name: name === "postgres" ? "rehearsal" : name, template: START };
        try {
          return await withCopy(server, copy, work);
        } finally {
          await asAdmin(server, (client) => restoreServerState(client, state)).catch(ignoreGone);
        }
      },
    }),
  );
}

/** A server that is gone is what the pass itself says; else the next pass meets what is left. */
function ignoreGone(): void {
  return;
}

async function onNamedServer<T>(
  server: RehearsalServer,
  { plan }: StageRequest,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const { files, findings } = withoutServerWide(plan.staged);
  const roles = await asAdmin(server, async (client) => {
    await sweepLeftBehind(client);
    return makeRolesOnce(client, plan.staged);
  });
  const unique = `${NAMED}_${String(Math.floor(Date.now() / 1_000))}_${randomBytes(4).toString("hex")}`;
  const start = `${unique}_start`;
  try {
    return await withCopy(server, { name: start, template: "template0" }, () =>
      use({
        ...{ server, start, findings, ...bothOrders(plan, files) },
        inCopy: (work) => withCopy(server, { name: unique, template: start }, work),
      }),
    );
  } finally {
    await asAdmin(server, (client) => dropRoles(client, roles)).catch(ignoreGone);
  }
}

/** `staged` as it was made fit for the server, and the same files in file order. */
function bothOrders(
  plan: RehearsalPlan,
  staged: readonly Migration[],
): Pick<Stage, "staged" | "linear"> {
  if (plan.linear === plan.staged) return { staged, linear: staged };
  const fit = new Map(plan.staged.map((file, index) => [file, staged[index] ?? file]));
  return { staged, linear: plan.linear.map((file) => fit.get(file) ?? file) };
}

async function sweepLeftBehind(client: Client): Promise<void> {
  const found = await client.query<{ name: string }>(
    `SELECT quote_ident(datname) AS name FROM pg_database WHERE datname ~ '^${NAMED}_[0-9]+_'
     AND split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) - ${String(LEFT_BEHIND_AFTER_S)}`,
  );
  // One that is in use, or somebody else's, stays.
  for (const { name } of found.rows)
    await client.query(`DROP DATABASE ${name}`).catch(() => undefined);
}
