// The runner's working connection: named after its token, cancelled on abort, made anew when it is cut.
import type { Client, QueryResult } from "pg";
import { close, connect, SESSION_SETTINGS, withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import type { Lease } from "../lease/lease.ts";
import { runnerName } from "../lease/leftovers.ts";

/** What every part of a run needs. */
export interface Run {
  readonly session: WorkSession;
  readonly lease: Lease;
  /** Digest of the release, or null for a run by hand. */
  readonly release: string | null;
  /** How long to go on asking for a table's locks, ms. */
  readonly lockBudgetMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** The connection that a run works on. */
export class WorkSession {
  readonly target: DatabaseTarget;
  #client: Client;
  #pid = 0;

  private constructor(target: DatabaseTarget, client: Client) {
    this.target = target;
    this.#client = client;
  }

  /** Opens it under the lease's token, so that a successor finds what this run leaves behind. */
  static async open(target: DatabaseTarget, token: bigint): Promise<WorkSession> {
    const session = new WorkSession(
      target,
      await connect(target, { applicationName: runnerName(token) }),
    );
    await session.#learnPid();
    return session;
  }

  /** The connection itself, for reads and for what needs parameters. */
  get client(): Client {
    return this.#client;
  }

  /** Sends one text of one or many statements; returns a result for each. */
  async send(sql: string): Promise<readonly QueryResult<Record<string, unknown>>[]> {
    const result: unknown = await this.#client.query(sql);
    return (Array.isArray(result) ? result : [result]) as QueryResult<Record<string, unknown>>[];
  }

  /** Ends an open transaction and undoes what a file set in the session. */
  async reset(): Promise<void> {
    await this.#client.query("ROLLBACK");
    await this.#client.query("RESET ALL; RESET ROLE;");
    await this.#client.query(SESSION_SETTINGS);
  }

  /** After a cut: waits (by a new token) until what was sent has ended, then connects again. */
  async recover(lease: Lease): Promise<void> {
    await close(this.#client);
    const token = await lease.renew();
    this.#client = await connect(this.target, { applicationName: runnerName(token) });
    await this.#learnPid();
  }

  /** Asks the server to end the statement that runs now; closing the socket would leave it running. */
  async cancel(): Promise<void> {
    await withConnection(this.target, { applicationName: "lockstep:cancel" }, (other) =>
      other.query("SELECT pg_cancel_backend($1)", [this.#pid]),
    ).catch(() => undefined);
  }

  async close(): Promise<void> {
    await close(this.#client);
  }

  async #learnPid(): Promise<void> {
    const found = await this.#client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    this.#pid = found.rows[0]?.pid ?? 0;
  }
}

/**
 * Opens a session, cancels its statement when `signal` aborts, and closes it however `use` ends.
 * @throws LockstepError INTERRUPTED or the signal's own reason after an abort.
 */
export async function withWorkSession<T>(
  target: DatabaseTarget,
  context: { readonly lease: Lease; readonly signal: AbortSignal },
  use: (session: WorkSession) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  const session = await WorkSession.open(target, context.lease.token);
  const onAbort = () => void session.cancel();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    ensureNotAborted(signal);
    return await use(session);
  } catch (error) {
    ensureNotAborted(signal, error);
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await session.close();
  }
}

/**
 * @throws LockstepError the signal's own reason (a lost lease), else INTERRUPTED, once it is aborted.
 */
export function ensureNotAborted(signal: AbortSignal, cause?: unknown): void {
  if (!signal.aborted) return;
  const reason: unknown = signal.reason;
  if (reason instanceof LockstepError) throw reason;
  throw new LockstepError("INTERRUPTED", "Interrupted; what was under way was rolled back", {
    next: "run the same command again: it goes on where it stopped",
    cause,
  });
}
