// Runners for the lease's tests: real ones, and one that only left its marks in the server.
import type { Client } from "pg";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { withLease, type Lease, type LeaseOptions } from "../../../../engine/lease/lease.ts";
import { queryAll, withClient } from "../../../support/database.ts";

/** The lease's row. */
export interface LeaseRow {
  readonly token: string;
  readonly held: boolean;
  readonly holder: string;
  readonly doing: string;
  readonly beat: string;
}

/** The row, or undefined where there is none. */
export async function leaseRow(url: string): Promise<LeaseRow | undefined> {
  const [row] = await queryAll<LeaseRow>(url, "select * from lockstep.lease");
  return row;
}

/** `withLease` with a patient wait and a life of 1 s, the shortest that others believe. */
export async function holding<T>(
  url: string,
  use: (lease: Lease) => Promise<T>,
  options: Partial<LeaseOptions> = {},
): Promise<T> {
  const given = { doing: "a test", waitMs: 20_000, ttlMs: 1_000, report: silent, ...options };
  return withLease(parseUrl(url, "test"), given, use);
}

/** Holds the lease for a runner that is gone and beats no more. Returns its token. */
export async function leaveHeld(url: string): Promise<string> {
  const [row] = await queryAll<{ token: string }>(
    url,
    `update lockstep.lease set token = nextval('lockstep.lease_token'), held = true,
       holder = 'ghost@gone, process 1', doing = 'migrate', ttl_ms = 1000 returning token`,
  );
  return row?.token ?? "";
}

/** A session within a transaction that has asserted `token` and inserted a row into `note`. */
export async function withOpenTransaction<T>(
  url: string,
  token: string,
  body: (client: Client) => Promise<T>,
): Promise<T> {
  return withClient(url, async (client) => {
    await client.query("create table if not exists note (said text)");
    await client.query("begin");
    await client.query("select lockstep.assert_lease($1)", [token]);
    await client.query("insert into note values ('from the old runner')");
    return body(client);
  });
}

/** How many sessions of this database bear `name` and match `condition`. */
export async function countSessions(
  url: string,
  name: string,
  condition = "true",
): Promise<number> {
  const [row] = await queryAll<{ count: number }>(
    url,
    `select count(*)::int from pg_stat_activity
     where datname = current_database() and application_name = $1 and ${condition}`,
    [name],
  );
  return row?.count ?? 0;
}

/** Ends the sessions that keep the lease alive. */
export async function cutHeartbeat(url: string, condition = "true"): Promise<void> {
  await queryAll(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'lockstep:lease' and ${condition}`,
  );
}
