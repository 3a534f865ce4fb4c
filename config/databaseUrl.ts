// What a stack may have as its database: checked by form only, never by asking the server.
import type { Environment } from "./environment.ts";
import type { Fault } from "./faults.ts";

/** sslmode values that refuse a connection without TLS. */
const TLS_MODES = ["require", "verify-ca", "verify-full"];

/** The key that holds the URL. */
export const URL_KEY = "lockstep:database.url";

/** What is known of a URL's surroundings. */
export interface UrlContext {
  /** Undefined where nothing tells it, which is a fault of its own. */
  readonly environment: Environment | undefined;
  /** Whether Pulumi holds the value encrypted. */
  readonly encrypted: boolean;
}

/** What is wrong with `url`. Nothing of the URL but host, database and sslmode is ever shown. */
export function databaseUrlFaults(url: string, context: UrlContext): readonly Fault[] {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    return [
      {
        key: URL_KEY,
        seen: "(not shown) not a PostgreSQL URL",
        expected:
          "expected postgres://USER:PASSWORD@HOST:PORT/DATABASE; special characters of the password percent-encoded (# is %23, / is %2F)",
      },
    ];
  }
  const faults: Fault[] = [];
  const add = (expected: string) =>
    faults.push({ key: URL_KEY, seen: describeUrl(parsed), expected });
  if (parsed.hostname === "" && !parsed.searchParams.has("host")) add("expected a host");
  if (parsed.pathname.length < 2) add("expected a database's name after the host: /DATABASE");
  if (!context.encrypted && hasPassword(parsed)) {
    add(`a password in plain text: pulumi config set --secret --path ${URL_KEY} URL`);
  }
  const mode = parsed.searchParams.get("sslmode");
  if (context.environment === "prod" && !TLS_MODES.includes(mode ?? "")) {
    add("prod requires TLS: expected ?sslmode=require, or better verify-full");
  }
  return faults;
}

function hasPassword(url: URL): boolean {
  return url.password !== "" || url.searchParams.has("password");
}

function describeUrl(url: URL): string {
  const mode = url.searchParams.get("sslmode");
  return `${url.host || "(no host)"}${url.pathname}, ${mode === null ? "no sslmode" : `sslmode=${mode}`}`;
}
