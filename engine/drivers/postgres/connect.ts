// One way to open a connection: named, with every time limit set on purpose, errors turned into plain words.
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { LockstepError } from "../../errors/lockstepError.ts";
import type { Report } from "../../events.ts";
import { codeOf, connectionError, isRetryableConnectionError } from "./diagnose.ts";
import { asSocket } from "./dial.ts";
import { limitSession } from "./session.ts";
import type { DatabaseTarget } from "./target.ts";

/** How long one attempt to connect may take, ms. */
const CONNECT_TIMEOUT_MS = 5_000;

/** What a connection calls itself in pg_stat_activity. */
export interface ConnectOptions {
  readonly applicationName: string;
}

/**
 * Connects to `target` with explicit session limits.
 * @throws LockstepError CONNECTION with likely cause and remedy.
 */
export async function connect(target: DatabaseTarget, options: ConnectOptions): Promise<pg.Client> {
  try {
    return await open(target, options.applicationName);
  } catch (error) {
    throw connectionError(error, target);
  }
}

/** Connects, hands the connection to `use` and closes it however that ends. */
export async function withConnection<T>(
  target: DatabaseTarget,
  options: ConnectOptions,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(target, options);
  try {
    return await use(client);
  } finally {
    await close(client);
  }
}

/** Closes `client`; a connection that is gone already is no error. */
export async function close(client: pg.Client): Promise<void> {
  await client.end().catch(() => undefined);
}

/** How to wait for a database that is not up yet. */
export interface WaitOptions {
  /** Tries in all; the requirement's default is 30. */
  readonly attempts: number;
  /** Time between the starts of two tries, ms; the requirement's default is 2,000. */
  readonly intervalMs: number;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/** The requirement's wait: 30 tries, 2 s apart. */
export const DEFAULT_WAIT = { attempts: 30, intervalMs: 2_000 } as const;

/**
 * Connects as soon as the database answers. Only what waiting can mend is waited for: a wrong
 * password or a missing database ends it at once.
 * @throws LockstepError CONNECTION when the tries are used up, INTERRUPTED on abort.
 */
export async function connectWhenReady(
  target: DatabaseTarget,
  options: ConnectOptions & WaitOptions,
): Promise<pg.Client> {
  const { attempts, intervalMs, report, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const started = performance.now();
    try {
      const client = await open(target, options.applicationName);
      if (attempt > 1)
        report(
          "info",
          `database ${target.display} answers (attempt ${String(attempt)}/${String(attempts)})`,
        );
      return client;
    } catch (error) {
      if (attempt >= attempts || !isRetryableConnectionError(error)) {
        throw connectionError(error, target);
      }
      const why = codeOf(error) ?? "no answer";
      report(
        "progress",
        `waiting for database ${target.display}: attempt ${String(attempt)}/${String(attempts)} (${why})`,
      );
    }
    await delay(
      Math.max(0, intervalMs - (performance.now() - started)),
      undefined,
      signal ? { signal } : {},
    ).catch((cause: unknown) => {
      throw new LockstepError("INTERRUPTED", "Interrupted while waiting for the database", {
        cause,
      });
    });
  }
}

async function open(target: DatabaseTarget, applicationName: string): Promise<pg.Client> {
  const mode = new URL(target.url).searchParams.get("sslmode");
  try {
    return await openOnce(target, applicationName);
  } catch (error) {
    const noTls = error instanceof Error && /does not support SSL/.test(error.message);
    if (!noTls || (mode !== "prefer" && mode !== "allow")) throw error;
    // libpq's prefer and allow go on without TLS where the server has none; pg leaves that to us.
    const plain = new URL(target.url);
    plain.searchParams.set("sslmode", "disable");
    return await openOnce({ ...target, url: plain.href }, applicationName);
  }
}

async function openOnce(target: DatabaseTarget, applicationName: string): Promise<pg.Client> {
  const withMode = new URL(target.url);
  // Without this, pg reads sslmode=require as verify-full, which is not what libpq's users mean.
  if (withMode.searchParams.has("sslmode")) withMode.searchParams.set("uselibpqcompat", "true");
  // pg lets the URL win, and a session is found again by the name that we give it.
  withMode.searchParams.delete("application_name");
  // Opened before pg's own time limit begins to run; TLS still checks the URL's host.
  const socket = target.dial && asSocket(await target.dial());
  const client = new pg.Client({
    ...(socket && { stream: () => socket }),
    connectionString: withMode.href,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A connection that breaks between two queries says so through this event; the next query fails too.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await limitSession(client, { evenPooled: false });
    return client;
  } catch (error) {
    await close(client);
    throw error;
  }
}
