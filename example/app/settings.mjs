// Reads the environment into what the server needs to know.

/**
 * @typedef {object} Settings
 * @property {string} host address to listen on
 * @property {number} port
 * @property {string} release what lockstep calls the release that runs here
 * @property {string} databaseUrl holds the password: never to be printed
 */

/** What PostgreSQL keeps of an application name, in bytes. */
const maxApplicationNameBytes = 63;

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} label the release's version, used where lockstep did not name one
 * @returns {Settings}
 * @throws {Error} when a variable does not hold what it should; shows no value that may be secret
 */
export function parseSettings(env, label) {
  const release = env.LOCKSTEP_RELEASE || label;
  return {
    host: env.HOST || "127.0.0.1",
    port: parsePort(env.PORT),
    release,
    databaseUrl: parseDatabaseUrl(env, applicationName(release)),
  };
}

/**
 * The name under which lockstep's drain finds this release's sessions: `app:` and the release, cut to what
 * the server keeps, so that both sides see the same.
 *
 * @param {string} release
 */
export function applicationName(release) {
  return `app:${release}`.replace(/[^\x20-\x7e]/g, "?").slice(0, maxApplicationNameBytes);
}

/** @param {string | undefined} text */
function parsePort(text) {
  const port = Number(text);
  if (!text || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(
      `Expected PORT to be a number from 1 to 65535, got ${text ? `"${text}"` : "nothing"}.`,
    );
  }
  return port;
}

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} name
 */
function parseDatabaseUrl(env, name) {
  const url = env.DATABASE_URL ? parseUrl(env.DATABASE_URL) : urlFromParts(env);
  // In the URL, as pg lets that win over all else: drain relies on this name.
  url.searchParams.set("application_name", name);
  const mode = url.searchParams.get("sslmode");
  if (mode === "prefer" || mode === "allow") {
    // pg cannot fall back from TLS to plain text, which is what these two ask for.
    url.searchParams.delete("sslmode");
  } else if (mode !== null) {
    // The modes mean what they mean to psql; otherwise pg takes "require" for "verify-full".
    url.searchParams.set("uselibpqcompat", "true");
  }
  return url.href;
}

/** @param {string} text */
function parseUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "postgres:" && url?.protocol !== "postgresql:") {
    throw new Error(
      "DATABASE_URL is not a PostgreSQL URL. Expected postgres://user:password@host:5432/name, " +
        "with special characters in user and password percent-encoded.",
    );
  }
  return url;
}

/** @param {Record<string, string | undefined>} env */
function urlFromParts(env) {
  if (!env.DB_HOST || !env.DB_NAME) {
    throw new Error(
      "No database given: set DATABASE_URL, or DB_HOST, DB_NAME, DB_USER, DB_PASSWORD.",
    );
  }
  const url = new URL(`postgres://base/${encodeURIComponent(env.DB_NAME)}`);
  // As parameters, so that a socket folder or an IPv6 address needs no special form.
  const parts = {
    host: env.DB_HOST,
    port: env.DB_PORT,
    user: env.DB_USER,
    password: env.DB_PASSWORD,
    sslmode: env.DB_SSLMODE,
    sslrootcert: env.DB_SSLROOTCERT,
  };
  for (const [key, value] of Object.entries(parts)) {
    if (value) url.searchParams.set(key, value);
  }
  return url;
}
