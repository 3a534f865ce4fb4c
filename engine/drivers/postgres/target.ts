// Which database: from DATABASE_URL or the DB_* variables, checked before anything is tried.
import { LockstepError } from "../../errors/lockstepError.ts";

/** A checked address of a database. `url` holds the password: never print it, print `display`. */
export interface DatabaseTarget {
  /** Secret. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** `host:port/database`, for people. */
  readonly display: string;
}

const FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require";
const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/**
 * Reads the target from `env`: DATABASE_URL, or DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD and
 * DB_SSLMODE. DATABASE_URL wins where both are there.
 * @throws LockstepError CONFIG when neither is complete or well-formed.
 */
export function parseTarget(env: Readonly<Record<string, string | undefined>>): DatabaseTarget {
  if (env.DATABASE_URL) return parseUrl(env.DATABASE_URL, "DATABASE_URL");
  const missing = ["DB_HOST", "DB_NAME", "DB_USER"].filter((key) => !env[key]);
  if (missing.length === 3) {
    throw new LockstepError("CONFIG", "No database is named", {
      where: "environment",
      seen: "neither DATABASE_URL nor DB_HOST, DB_NAME, DB_USER",
      next: `export DATABASE_URL='${FORM}'`,
    });
  }
  if (missing.length > 0) {
    throw new LockstepError("CONFIG", `${missing.join(" and ")} not set`, {
      where: "environment",
      next: `set ${missing.join(" and ")}, or DATABASE_URL='${FORM}'`,
    });
  }
  const host = env.DB_HOST ?? "";
  const url = new URL("postgresql://host");
  // A colon in the host is an IPv6 address, which a URL wants in brackets.
  url.hostname = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  if (env.DB_PORT) requirePort(env.DB_PORT, "DB_PORT");
  url.port = env.DB_PORT ?? "5432";
  url.username = encodeURIComponent(env.DB_USER ?? "");
  url.password = encodeURIComponent(env.DB_PASSWORD ?? "");
  url.pathname = `/${encodeURIComponent(env.DB_NAME ?? "")}`;
  if (env.DB_SSLMODE) {
    requireSslMode(env.DB_SSLMODE, "DB_SSLMODE");
    url.searchParams.set("sslmode", env.DB_SSLMODE);
  }
  return parseUrl(url.href, "DB_*");
}

/**
 * Checks one connection URL; `where` names where it came from.
 * @throws LockstepError CONFIG with the expected form; never shows the URL itself.
 */
export function parseUrl(text: string, where: string): DatabaseTarget {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw malformed(
      where,
      "it is not a URL",
      "a password with @ / : # ? % must be percent-encoded",
    );
  }
  if (url.protocol !== "postgresql:" && url.protocol !== "postgres:") {
    throw malformed(
      where,
      `its scheme is ${url.protocol.slice(0, -1)}`,
      "PostgreSQL is what lockstep speaks",
    );
  }
  const host = decodeURIComponent(url.hostname) || (url.searchParams.get("host") ?? "");
  if (!host) throw malformed(where, "it names no host");
  const database = decodeURIComponent(url.pathname.slice(1));
  if (!database) throw malformed(where, "it names no database");
  if (database.includes("/")) throw malformed(where, `its path has more than the database's name`);
  const user = decodeURIComponent(url.username);
  if (!user) throw malformed(where, "it names no user");
  const sslMode = url.searchParams.get("sslmode");
  if (sslMode !== null) requireSslMode(sslMode, where);
  const port = url.port === "" ? 5432 : Number(url.port);
  return { url: text, host, port, database, user, display: `${host}:${String(port)}/${database}` };
}

function requirePort(text: string, where: string): void {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    throw new LockstepError("CONFIG", `${where} is not a port`, {
      where: "environment",
      seen: text,
      next: `set ${where} to a number from 1 to 65535`,
    });
  }
}

function requireSslMode(mode: string, where: string): void {
  if (SSL_MODES.includes(mode)) return;
  throw new LockstepError("CONFIG", "The TLS mode is not one that PostgreSQL knows", {
    where,
    seen: mode,
    next: `use one of ${SSL_MODES.join(", ")}`,
  });
}

function malformed(where: string, seen: string, likely?: string): LockstepError {
  return new LockstepError("CONFIG", "The database URL is malformed", {
    where,
    seen,
    ...(likely ? { likely } : {}),
    next: `expected form: ${FORM}`,
  });
}
