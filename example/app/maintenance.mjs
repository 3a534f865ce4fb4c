// Maintenance mode: asks lockstep's ledger whether users are to be kept away, and what they are told then.

import pg from "pg";

/** Time between two looks, in ms: after so long at most a switch counts. */
const pollMs = 1_000;

/** How long a start waits for the first look, in ms. */
const firstLookMs = 1_000;

/** When a client should come again, in s. */
const retryAfterSeconds = 5;

/** Whether this role can read the table; no row where there is none (yet). */
const askReadable = `
  select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as readable
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'lockstep' and c.relname = 'maintenance'`;

/** A person's row comes first: its end is meant for people, a release's is moved on as long as that lives. */
const askSwitch = `
  select held_by, reason, until, extract(epoch from until - clock_timestamp())::float8 * 1000 as left_ms
  from lockstep.maintenance where until is null or until > clock_timestamp() order by held_by limit 1`;

/**
 * `endsMs`: on performance.now()'s clock; `until`: what a page may promise.
 *
 * @typedef {{ reason: string, until: Date | null, endsMs: number }} Away
 */

/** Keeps looking at the switch, over a connection of its own: a pool that is full must not hide it. */
export class Maintenance {
  #pool;
  #log;
  /** @type {Away | undefined} */
  #away;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #isReadable = false;
  #hasTold = false;
  #isStopped = false;

  /**
   * @param {string} databaseUrl
   * @param {(event: string, details: Record<string, unknown>) => void} log
   */
  constructor(databaseUrl, log) {
    this.#log = log;
    this.#pool = new pg.Pool({
      connectionString: databaseUrl,
      max: 1,
      idleTimeoutMillis: 10 * pollMs,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
    // The next look says whether the database is back.
    this.#pool.on("error", () => undefined);
  }

  /** Looks once, for 1 s at most, and from then on each second. */
  async start() {
    const first = this.#look();
    /** @type {NodeJS.Timeout | undefined} */
    let limit;
    await Promise.race([first, new Promise((done) => (limit = setTimeout(done, firstLookMs)))]);
    clearTimeout(limit);
    void first.then(() => this.#schedule());
  }

  /** Ends the looking and closes its connection. */
  async stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#pool.end();
  }

  /**
   * Why users are kept away, or undefined. A switch that has an end counts no longer than that, also where the database
   * cannot be asked.
   *
   * @returns {Away | undefined}
   */
  current() {
    if (this.#away !== undefined && performance.now() >= this.#away.endsMs) this.#away = undefined;
    return this.#away;
  }

  #schedule() {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#look().then(() => this.#schedule()), pollMs);
  }

  async #look() {
    try {
      const before = this.#away;
      this.#away = (this.#isReadable ||= await this.#askReadable()) ? await this.#ask() : undefined;
      if ((before === undefined) !== (this.#away === undefined))
        this.#log("maintenance", { on: this.#away !== undefined, reason: this.#away?.reason });
    } catch (error) {
      // Away or busy: what was last seen counts on, until its own end. The table or the right to it may be gone, too.
      if (error instanceof pg.DatabaseError) this.#isReadable = false;
    }
  }

  async #askReadable() {
    const { rows } = await this.#pool.query(askReadable);
    const isReadable = rows[0]?.readable === true;
    if (rows.length > 0 && !isReadable && !this.#hasTold) {
      this.#hasTold = true;
      const message =
        "this role may not read lockstep.maintenance, so maintenance mode is not seen";
      this.#log("error", { where: "maintenance", message });
    }
    return isReadable;
  }

  /** @returns {Promise<Away | undefined>} */
  async #ask() {
    const { rows } = await this.#pool.query(askSwitch);
    const row = rows[0];
    if (row === undefined) return undefined;
    const endsMs = row.left_ms === null ? Infinity : performance.now() + row.left_ms;
    const until = row.held_by === "person" ? row.until : null;
    return { reason: row.reason, until, endsMs };
  }
}

/**
 * The answer while users are kept away: a page for browsers, JSON for programs.
 *
 * @param {Away} away
 * @param {string | undefined} accept the request's header
 * @returns {import("./http.mjs").Answer}
 */
export function awayAnswer({ reason, until }, accept = "") {
  const headers = {
    "retry-after": String(retryAfterSeconds),
    "cache-control": "no-store",
    // Tells this 503 from one that is trouble.
    "x-maintenance": "on",
  };
  const end = until?.toISOString() ?? null;
  if (!accept.includes("text/html")) {
    const error = "Customer Vault is being maintained. Nothing was done; come again soon.";
    return { status: 503, body: { error, reason, until: end }, headers };
  }
  return {
    status: 503,
    text: page(reason, end),
    headers: { ...headers, "content-type": "text/html; charset=utf-8" },
  };
}

/**
 * @param {string} reason
 * @param {string | null} until
 */
function page(reason, until) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Customer Vault: maintenance</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}</style>
<h1>Back soon</h1>
<p>Customer Vault is being maintained: ${escapeHtml(reason)}.</p>
${until === null ? "" : `<p>Until ${escapeHtml(until)} at the latest.</p>\n`}</html>
`;
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
