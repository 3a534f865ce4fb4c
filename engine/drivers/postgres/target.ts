// Which database: from DATABASE_URL or the DB_* variables, checked before anything is tried.
import { LockstepError } from "../../errors/lockstepError.ts";
import type { Dial } from "./dial.ts";

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
  /** The way to the server where `host` and `port` cannot be connected to from here. */
  readonly dial?: Dial;
}

const FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require";
const ENCODE = "a password with @ / : # ? % must be percent-encoded";
const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/**
 * Reads the target from `env`: DIRECT_URL (the server itself, where DATABASE_URL is a pooler's), DATABASE_URL, or DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD and
 * DB_SSLMODE. The first that is there wins.
 * @throws LockstepError CONFIG when neither is complete or well-formed.
 */
export function parseTarget(env: Readonly<Record<string, string | undefined>>): DatabaseTarget {
  if (env.DIRECT_URL) return directTarget(env.DIRECT_URL, env.DATABASE_URL);
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
  if (env.DB_PORT) requirePort(env.DB_PORT, "DB_PORT");
  if (env.DB_SSLMODE) requireSslMode(env.DB_SSLMODE, "DB_SSLMODE");
  const part = (key: string) => encodeURIComponent(env[key] ?? "");
  const mode = env.DB_SSLMODE ? `?sslmode=${env.DB_SSLMODE}` : "";
  return parseUrl(
    `postgresql://${part("DB_USER")}:${part("DB_PASSWORD")}@${urlHost(env.DB_HOST ?? "")}:${env.DB_PORT ?? "5432"}/${part("DB_NAME")}${mode}`,
    "DB_*",
  );
}

/** A DIRECT_URL that another project left in the shell must not win over this one's DATABASE_URL. */
function directTarget(direct: string, pooled: string | undefined): DatabaseTarget {
  const target = parseUrl(direct, "DIRECT_URL");
  const other = pooled ? parseUrl(pooled, "DATABASE_URL") : target;
  if (other.database === target.database) return target;
  throw new LockstepError("CONFIG", "DIRECT_URL and DATABASE_URL name two databases", {
    where: "environment",
    seen: `${target.display} and ${other.display}`,
    likely: "one of them was left by another project",
    next: "unset DIRECT_URL, unless it is the way past the pooler that DATABASE_URL names",
  });
}

/** A host as a URL has it: IPv6 in brackets, a socket's folder percent-encoded. */
function urlHost(host: string): string {
  if (host.startsWith("[")) return host;
  return host.includes(":") ? `[${host}]` : encodeURIComponent(host);
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
    throw malformed(where, "it is not a URL", ENCODE);
  }
  if (url.protocol !== "postgresql:" && url.protocol !== "postgres:") {
    throw malformed(
      where,
      `its scheme is ${url.protocol.slice(0, -1)}`,
      "PostgreSQL is what lockstep speaks",
    );
  }
  const decode = (part: string) => decodePart(part, where);
  decode(url.password);
  const host = url.searchParams.get("host") ?? decode(url.hostname);
  if (!host) throw malformed(where, "it names no host");
  const database = decode(url.pathname.slice(1));
  if (!database) throw malformed(where, "it names no database");
  if (database.includes("/")) throw malformed(where, `its path has more than the database's name`);
  const user = url.searchParams.get("user") ?? decode(url.username);
  if (!user) throw malformed(where, "it names no user");
  const sslMode = url.searchParams.get("sslmode");
  if (sslMode !== null) requireSslMode(sslMode, where);
  // As pg connects: what the options name counts before what stands in the URL's own place.
  const portText = url.searchParams.get("port") ?? url.port;
  if (portText !== "") requirePort(portText, where);
  const port = portText === "" ? 5432 : Number(portText);
  return {
    url: url.href,
    host,
    port,
    database,
    user,
    display: `${host}:${String(port)}/${database}`,
  };
}

function decodePart(part: string, where: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw malformed(where, "a % in it is followed by no two hex digits", ENCODE);
  }
}

function requirePort(text: string, where: string): void {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
    throw new LockstepError("CONFIG", "The database's port is not a port", {
      where,
      seen: text,
      next: "use a number from 1 to 65535; PostgreSQL's own is 5432",
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
