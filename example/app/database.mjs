// The pool of connections: opened when first needed, and outliving a restart of the server.

import pg from "pg";

/** How long /health waits for the database, in ms. */
const healthTimeoutMs = 2_000;

/**
 * @param {string} databaseUrl
 * @param {(error: Error) => void} onError told of connections that broke while idle
 * @returns {pg.Pool}
 */
export function createPool(databaseUrl, onError) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 10,
    connectionTimeoutMillis: 5_000,
    // On this side only: a startup parameter would be refused by a transaction pooler.
    query_timeout: 10_000,
  });
  // Without a listener, the end of an idle connection (a database restart) ends the process.
  pool.on("error", onError);
  return pool;
}

/**
 * Why the database cannot be used, or undefined when it answers within 2 s.
 *
 * @param {pg.Pool} pool
 * @returns {Promise<string | undefined>}
 */
export async function findDatabaseFault(pool) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, healthTimeoutMs, `no answer within ${healthTimeoutMs} ms`);
  });
  const answer = pool.query("select 1").then(() => undefined, describeError);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A line about an error, fit for a log.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function describeError(error) {
  // Connecting to a name with two addresses fails with an AggregateError that has no message.
  if (error instanceof AggregateError) return error.errors.map(describeError).join("; ");
  return error instanceof Error ? error.message : String(error);
}

/** Classes of SQLSTATE that say "come again": connection, resources, operator's intervention. */
const transientClasses = ["08", "53", "57"];

/**
 * Whether the database was away or busy, rather than the request or this program wrong.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isDatabaseAway(error) {
  if (error instanceof pg.DatabaseError)
    return transientClasses.includes(error.code?.slice(0, 2) ?? "");
  if (error instanceof AggregateError) return true;
  if (!(error instanceof Error)) return false;
  // Node names its network errors by code; pg's own ("Connection terminated ...", "timeout exceeded ...",
  // "Query read timeout") have nothing but their text.
  return (
    "syscall" in error ||
    /^(Connection terminated|Client has encountered|timeout|Query read)/i.test(error.message)
  );
}
