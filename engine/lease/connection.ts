// The lease's own connection: one query after the other, made anew where it is cut.
import type { Client, QueryResult, QueryResultRow } from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { ensureNotPooled } from "../drivers/postgres/pooler.ts";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { lockTimeoutSql } from "../sql/lockTimeout.ts";

/** How long a takeover waits for the old holder's last transaction at each try, ms. */
const LONGEST_LOCK_WAIT_MS = 5_000;

/** A connection to keep a lease on. */
export class LeaseConnection implements Queryable {
  readonly #open: () => Promise<Client>;
  #client: Client;
  /** The end of the last query: heartbeat and holder take turns, since a client runs one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: Client, open: () => Promise<Client>) {
    this.#client = client;
    this.#open = open;
  }

  /**
   * Connects for a lease with a life of `ttlMs`.
   * @throws LockstepError CONNECTION, or CONFIG through a pooler in transaction mode.
   */
  static async open(target: DatabaseTarget, ttlMs: number): Promise<LeaseConnection> {
    const open = () => connectForLease(target, ttlMs);
    return new LeaseConnection(await open(), open);
  }

  /**
   * Sends one query behind those that were asked for before, once more on a new connection where the old one turns out to be
   * cut: each query of a lease may be repeated, since the row decides.
   */
  async query<Row extends QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<QueryResult<Row>> {
    const result = this.#last.then(() => this.#send<Row>(text, values));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Closes it behind the last query. */
  async close(): Promise<void> {
    await this.#last;
    await close(this.#client);
  }

  async #send<Row extends QueryResultRow>(
    text: string,
    values: unknown[],
  ): Promise<QueryResult<Row>> {
    try {
      return await this.#client.query<Row>(text, values);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
    await close(this.#client);
    this.#client = await this.#open();
    return this.#client.query<Row>(text, values);
  }
}

/** No query of it waits in a lock queue for long: the heartbeat comes next in line. */
async function connectForLease(target: DatabaseTarget, ttlMs: number): Promise<Client> {
  const client = await connect(target, { applicationName: "lockstep:lease" });
  const ms = Math.round(Math.min(LONGEST_LOCK_WAIT_MS, ttlMs / 3));
  try {
    // The app's next statement on this session would give up after that time, too.
    await ensureNotPooled(client, target, "The lease");
    await client.query(lockTimeoutSql(ms));
    return client;
  } catch (error) {
    await close(client);
    throw error;
  }
}
