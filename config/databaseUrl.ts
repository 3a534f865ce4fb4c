// What a stack may have as its database: checked by form only, never by asking the server.
import type { Environment } from "./environment.ts";
import type { Fault } from "./faults.ts";

/** sslmode values that refuse a connection without TLS. */
const TLS_MODES = ["require", "verify-ca", "verify-full"];

/** The key that holds the URL. */
export const URL_KEY = "lockstep:database.url";

/** The key that holds the server's own, where `URL_KEY` holds a pooler's. */
export const DIRECT_URL_KEY = "lockstep:database.directUrl";

/** The key that holds the URL of a server for rehearsals. */
export const REHEARSAL_URL_KEY = "lockstep:rehearsal.url";

/** What is known of a URL's surroundings. */
export interface UrlContext {
  /** Undefined where nothing tells it, which is a fault of its own. */
  readonly environment: Environment | undefined;
  /** Whether Pulumi holds the value encrypted. */
  readonly encrypted: boolean;
}

/** What is wrong with `url`, which `key` holds. Nothing of it but host, database and sslmode is ever shown. */
export function databaseUrlFaults(
  url: string,
  context: UrlContext,
  key = URL_KEY,
): readonly Fault[] {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    return [
      {
        key,
        seen: "(not shown) not a PostgreSQL URL",
        expected:
          "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE; special characters of the password percent-encoded (# is %23, / is %2F)",
      },
    ];
  }
  const faults: Fault[] = [];
  const add = (expected: string) => faults.push({ key, seen: describeUrl(parsed), expected });
  if (parsed.hostname === "" && !parsed.searchParams.has("host")) add("expected a host");
  if (parsed.pathname.length < 2) add("expected a database's name after the host: /DATABASE");
  if (!context.encrypted && hasPassword(parsed)) {
    add(`a password in plain text: pulumi config set --secret --path ${key} URL`);
  }
  const mode = parsed.searchParams.get("sslmode");
  if (context.environment === "prod" && !TLS_MODES.includes(mode ?? "")) {
    add("prod requires TLS: expected ?sslmode=require, or better verify-full");
  }
  return faults;
}

/** What is wrong with a pooler's URL and the way past it, beside each one's own faults. */
export function directUrlFaults(
  url: string | undefined,
  directUrl: string | undefined,
): readonly Fault[] {
  if (directUrl === undefined) return [];
  if (url === undefined) {
    const expected = `expected only beside ${URL_KEY}, which is then the pooler's`;
    return [{ key: DIRECT_URL_KEY, seen: "(not shown)", expected }];
  }
  if (!URL.canParse(url) || !URL.canParse(directUrl)) return [];
  const [own, direct] = [new URL(url).pathname, new URL(directUrl).pathname];
  if (own === direct) return [];
  const expected = `expected the database of ${URL_KEY}, which is ${own}: the app would miss what lockstep does`;
  return [{ key: DIRECT_URL_KEY, seen: describeUrl(new URL(directUrl)), expected }];
}

function hasPassword(url: URL): boolean {
  return url.password !== "" || url.searchParams.has("password");
}

function describeUrl(url: URL): string {
  const mode = url.searchParams.get("sslmode");
  return `${url.host || "(no host)"}${url.pathname}, ${mode === null ? "no sslmode" : `sslmode=${mode}`}`;
}
