// The runner's working connection: named after its token, cancelled on abort, made anew when it is cut.
import { setTimeout as delay } from "node:timers/promises";
import type { Client, QueryResult } from "pg";
import type { BackfillLimits } from "../backfill/limits.ts";
import { close, connect, connectWhenReady, withConnection } from "../drivers/postgres/connect.ts";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { hasEventTriggers } from "../drivers/postgres/eventTriggers.ts";
import { ensureNotPooled } from "../drivers/postgres/pooler.ts";
import { versionOf } from "../drivers/postgres/serverVersion.ts";
import { limitSession, toldPid } from "../drivers/postgres/session.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { leaseLost } from "../lease/errors.ts";
import type { Lease } from "../lease/lease.ts";
import { runnerName } from "../lease/leftovers.ts";
import type { LockPacing } from "../locks/pacing.ts";
import { rollBackSql } from "./fileSql.ts";
import { relayNotices, type NoticeRelay } from "./notices.ts";
import { resetSql, type SessionSetting } from "./sessionSql.ts";

/** What every part of a run needs. */
export interface Run {
  readonly session: WorkSession;
  readonly lease: Lease;
  /** Digest of the release, or null for a run by hand. */
  readonly release: string | null;
  /** How long to go on asking for a table's locks, ms. */
  readonly lockBudgetMs: number;
  /** How the locks are asked for; the tests' business. */
  readonly lockPacing?: LockPacing | undefined;
  /** Sessions in the way that are idle in their transaction for longer are ended, ms; none when undefined. */
  readonly lockCancelIdleMs?: number | undefined;
  /** What backfills keep to; its members' defaults where it is missing. */
  readonly backfill?: BackfillLimits | undefined;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** What a session is opened with. */
export interface SessionContext {
  readonly lease: Lease;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** A server that was cut may be restarting: how long it is waited for. */
const RECOVERY_WAIT = { attempts: 30, intervalMs: 1_000 } as const;
/** Time between two cancels of a statement that has not ended, ms. */
const CANCEL_AGAIN_MS = 250;

/** One result for each statement of a text. */
export type Results = readonly QueryResult<Record<string, unknown>>[];

/** The connection that a run works on. */
export class WorkSession {
  readonly target: DatabaseTarget;
  readonly #context: SessionContext;
  #client: Client;
  #notices: NoticeRelay;
  #pid = 0;
  #server = "";
  #resetSql = "";
  #completed = 0;
  #inFlight = 0;
  #hasEventTriggers: boolean | undefined;
  #cancelling: Promise<void> = Promise.resolve();

  private constructor(target: DatabaseTarget, context: SessionContext, client: Client) {
    this.target = target;
    this.#context = context;
    this.#client = client;
    this.#notices = relayNotices(client, context.report);
  }

  /** Opens it under the lease's token, so that a successor finds what this run leaves behind. */
  static async open(target: DatabaseTarget, context: SessionContext): Promise<WorkSession> {
    const applicationName = runnerName(context.lease.token);
    const client = await connect(target, { applicationName });
    const session = new WorkSession(target, context, client);
    try {
      await ensureNotPooled(client, target, "A change of the schema");
      await session.#learn();
      return session;
    } catch (error) {
      await close(client);
      throw error;
    }
  }

  /** The connection itself, for short reads; what may take long goes through `send` and `query`. */
  get client(): Client {
    return this.#client;
  }

  /** The server's process that serves this session. */
  get pid(): number {
    return this.#pid;
  }

  /** The server's version, such as `13.23`. */
  get server(): string {
    return this.#server;
  }

  /** How many commands of the last `send` the server completed before it ended or failed. */
  get completed(): number {
    return this.#completed;
  }

  /** Undoes what a file left in the session, advisory locks aside: for the end of a file's own text. */
  get resetSql(): string {
    return this.#resetSql;
  }

  /**
   * Sends one text of one or many statements; returns a result for each.
   * @throws LockstepError LEASE_LOST, INTERRUPTED; else what the server said.
   */
  async send(sql: string): Promise<Results> {
    this.#completed = 0;
    this.#notices.begin();
    return this.#work(async () => {
      const result: unknown = await this.#client.query(sql);
      return (Array.isArray(result) ? result : [result]) as Results;
    });
  }

  /** Sends one statement with parameters; throws as `send` does. */
  async query<Row extends Record<string, unknown>>(
    sql: string,
    values: readonly unknown[] = [],
  ): Promise<QueryResult<Row>> {
    return this.#work(() => this.#client.query<Row>(sql, [...values]));
  }

  /** Whether code of somebody's runs at every definition: it could change the session. */
  async hasEventTriggers(): Promise<boolean> {
    if (this.#hasEventTriggers === undefined) {
      this.#hasEventTriggers = await hasEventTriggers(this.#client);
    }
    return this.#hasEventTriggers;
  }

  /** To be called where a file may have made some. */
  forgetEventTriggers(): void {
    this.#hasEventTriggers = undefined;
  }

  /** Ends an open transaction and undoes what a file set in the session. */
  async reset(): Promise<void> {
    // A cancel that is on its way must not hit the rollback.
    await this.#cancelling;
    this.#notices.mute();
    await this.#client.query(rollBackSql(this.#resetSql));
  }

  /** After a cut: waits (by a new token) until what was sent has ended, then connects again. */
  async recover(): Promise<void> {
    const { lease, report, signal } = this.#context;
    await close(this.#client);
    const wait = { ...RECOVERY_WAIT, report, signal };
    // Where the whole server went down, this is the one place that waits for it.
    await close(await connectWhenReady(this.target, { applicationName: "lockstep:wait", ...wait }));
    const token = await lease.renew();
    this.#client = await connect(this.target, { applicationName: runnerName(token) });
    this.#notices = relayNotices(this.#client, report);
    await this.#learn();
  }

  /**
   * Asks the server to end the statement that runs now, again until it has; closing the socket would
   * leave it running, and a single ask may come before the statement does.
   */
  cancel(): void {
    this.#cancelling = this.#cancelUntilIdle();
  }

  async close(): Promise<void> {
    await this.#cancelling;
    await close(this.#client);
  }

  async #work<T>(send: () => Promise<T>): Promise<T> {
    ensureNotAborted(this.#context.signal);
    this.#inFlight += 1;
    try {
      return await send();
    } catch (error) {
      if (codeOf(error) === LEASE_NOT_HELD) throw leaseLost();
      throw error;
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #cancelUntilIdle(): Promise<void> {
    while (this.#inFlight > 0) {
      await withConnection(this.target, { applicationName: "lockstep:cancel" }, (other) =>
        other.query("SELECT pg_cancel_backend($1)", [this.#pid]),
      ).catch(() => undefined);
      await delay(CANCEL_AGAIN_MS);
    }
  }

  async #learn(): Promise<void> {
    this.#client.connection.on("commandComplete", () => {
      this.#completed += 1;
    });
    const found = await this.#client.query<{ pid: number; version: number }>(
      "SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version",
    );
    this.#pid = found.rows[0]?.pid ?? 0;
    this.#server = versionOf(found.rows[0]?.version ?? 0).version;
    // Through a pooler in session mode nothing was set yet.
    if (this.#pid !== toldPid(this.#client)) await limitSession(this.#client, { evenPooled: true });
    const own = await this.#client.query<SessionSetting>(
      "SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' ORDER BY name",
    );
    this.#resetSql = resetSql(own.rows);
  }
}

/** What lockstep.assert_lease raises. */
const LEASE_NOT_HELD = "LS001";

/**
 * Opens a session, cancels its statement when the signal aborts, and closes it however `use` ends.
 * @throws LockstepError INTERRUPTED or the signal's own reason after an abort.
 */
export async function withWorkSession<T>(
  target: DatabaseTarget,
  context: SessionContext,
  use: (session: WorkSession) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  const session = await WorkSession.open(target, context);
  const onAbort = () => {
    session.cancel();
  };
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
