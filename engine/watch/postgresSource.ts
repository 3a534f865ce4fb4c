// A PostgreSQL database as something to watch: one connection, no transaction between two looks.
import type { Client } from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import {
  codeOf,
  isConnectionLost,
  isRetryableConnectionError,
} from "../drivers/postgres/diagnose.ts";
import { toldPid } from "../drivers/postgres/session.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import { assembleLook } from "./assemble.ts";
import { readLedgerWork } from "./ledgerWork.ts";
import { WatchMemory } from "./memory.ts";
import { readPrepared, readServerWork } from "./serverWork.ts";
import { readSessions } from "./sessions.ts";
import type { WatchConnection, WatchSource } from "./watch.ts";

/** What the watch's connection calls itself. */
export const WATCH_NAME = "lockstep:watch";
/** No query of a look runs or waits for longer, ms. */
const STATEMENT_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 500;
/** Time for a proper end of the connection, ms. */
const GOODBYE_MS = 500;

/** `whole`: queries with their values, which may be secrets. */
export function postgresSource(
  target: DatabaseTarget,
  { whole }: { readonly whole: boolean },
): WatchSource {
  const memory = new WatchMemory();
  return {
    connect: async () => {
      const client = await connect(target, { applicationName: WATCH_NAME });
      try {
        await limit(client);
      } catch (error) {
        await close(client);
        throw error;
      }
      return new PostgresConnection(client, memory, whole);
    },
    judge: (error) => {
      if (isConnectionLost(error)) return "away";
      // 57014: our own statement_timeout; 55P03: somebody changes the ledger's tables.
      if (["57014", "55P03"].includes(codeOf(error) ?? "")) return "slow";
      if (!isLockstepError(error)) return "fatal";
      const cause: unknown = error.cause ?? error;
      return error.code === "CONNECTION" && isRetryableConnectionError(cause) ? "away" : "fatal";
    },
  };
}

class PostgresConnection implements WatchConnection {
  readonly #client: Client;
  readonly #memory: WatchMemory;
  readonly #whole: boolean;

  constructor(client: Client, memory: WatchMemory, whole: boolean) {
    this.#client = client;
    this.#memory = memory;
    this.#whole = whole;
  }

  /** Each query is a transaction of its own: nothing is held from one to the next. */
  async look() {
    const client = this.#client;
    const sessions = await readSessions(client, { whole: this.#whole });
    const prepared = await readPrepared(client);
    const work = await readServerWork(client);
    const ledger = await readLedgerWork(client);
    const raw = { sessions, prepared, work, ledger };
    return assembleLook(raw, this.#memory, { whole: this.#whole });
  }

  close(): void {
    // A server that does not answer would never say goodbye either.
    const { stream } = this.#client.connection;
    void close(this.#client);
    setTimeout(() => stream.destroy(), GOODBYE_MS).unref();
  }
}

/** Through a pooler nothing is set: it would reach the app's sessions (ENGINE.md rule 5). */
async function limit(client: Client): Promise<void> {
  await client.query(
    `SELECT set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false), set_config('lock_timeout', '${LOCK_TIMEOUT_MS}', false)
     WHERE pg_catalog.pg_backend_pid() = ${toldPid(client)}`,
  );
}
