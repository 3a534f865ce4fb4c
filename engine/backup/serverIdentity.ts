// Which server one is connected to: a proof must not happen on the one that is backed up, whatever name it goes by.
import type { ClientBase } from "pg";
import { codeOf } from "../drivers/postgres/diagnose.ts";

/** What tells servers apart. */
export interface ServerIdentity {
  /** Made by initdb, and the same in a standby or a copied server; empty where the role may not read it. */
  readonly system: string;
  /** When this very server was started, as it prints it: to the microsecond. */
  readonly startedAt: string;
}

/** The identity of the client's server. Throws pg's errors. */
export async function readServerIdentity(client: ClientBase): Promise<ServerIdentity> {
  const { rows } = await client.query<{ started: string }>(
    "SELECT extract(epoch FROM pg_postmaster_start_time())::text AS started",
  );
  return { system: await readSystem(client), startedAt: rows[0]?.started ?? "" };
}

/** Whether both are the same server, or copies of one: then a proof would load the very machine, or touch the very data. */
export function isSameServer(a: ServerIdentity, b: ServerIdentity): boolean {
  return (a.system !== "" && a.system === b.system) || a.startedAt === b.startedAt;
}

async function readSystem(client: ClientBase): Promise<string> {
  try {
    const { rows } = await client.query<{ id: string }>(
      "SELECT system_identifier::text AS id FROM pg_control_system()",
    );
    return rows[0]?.id ?? "";
  } catch (error) {
    if (codeOf(error) === "42501") return "";
    throw error;
  }
}
