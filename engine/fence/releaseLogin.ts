// The login of one release: a role's name and password, told by what the stack has already.
import { createHash, scryptSync } from "node:crypto";
import { parseUrl } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";

/** How one release's app logs in. */
export interface ReleaseLogin {
  /** Secret: the app's URL with this login in it. */
  readonly url: string;
  /** The role that the app's own URL names: what the release's role may do is what this one may. */
  readonly group: string;
}

/** Whose login it is. */
export interface LoginOwner {
  readonly project: string;
  readonly stack: string;
  readonly label: string;
  /** sha256, hex. */
  readonly digest: string;
}

/** Names have at most 63 bytes: group, label and hash with two underscores stay below. */
const MOST_OF_GROUP = 28;
const MOST_OF_LABEL = 20;
const HASH_DIGITS = 12;
/** 192 bits, 32 characters that a URL takes as they are. */
const PASSWORD_BYTES = 24;

/**
 * The login of `owner`'s release. Nothing is kept anywhere: the same URL and release always give the same login, and
 * nobody gets from one release's password to another's, or to the app's own (scrypt).
 * @throws LockstepError CONFIG where the app's URL has no password to derive one from.
 */
export function releaseLogin(appUrl: string, owner: LoginOwner): ReleaseLogin {
  const where = "the app's DATABASE_URL";
  const { user: group, database, display } = parseUrl(appUrl, where);
  const url = new URL(appUrl);
  const own = url.searchParams.get("password") ?? decodeURIComponent(url.password);
  if (own === "") {
    throw new LockstepError("CONFIG", "A login for each release needs the app's own password", {
      where: `${where}: ${display}`,
      seen: `user ${group} without a password`,
      likely: "the server trusts the app's host, or the password is not in the URL",
      next: "put the password into the URL, or leave lockstep:drain.fence out",
    });
  }
  const role = roleName(group, database, owner);
  const password = scryptSync(own, `lockstep login ${role}`, PASSWORD_BYTES).toString("base64url");
  return { url: withLogin(url, role, password), group };
}

/** The Secret of a cluster that holds a release's login: told by the release alone, so that a rollback finds it. */
export function loginSecretName(base: string, digest: string): string {
  return `${base}-${digest.slice(0, HASH_DIGITS)}`;
}

/** Two stacks, or two databases of one server, never meet in a name. */
function roleName(
  group: string,
  database: string,
  { project, stack, label, digest }: LoginOwner,
): string {
  const whole = JSON.stringify([project, stack, database, group, digest]);
  const hash = createHash("sha256").update(whole).digest("hex").slice(0, HASH_DIGITS);
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const who = plain(group)
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, MOST_OF_GROUP);
  // The server keeps names that begin with pg_ to itself.
  const first = /^pg(_|$)/.test(who) ? `app_${who}` : who || "app";
  return `${first.slice(0, MOST_OF_GROUP)}_${plain(label).slice(0, MOST_OF_LABEL)}_${hash}`;
}

/** In the place where the URL has its login: pg lets what the options name win. */
function withLogin(from: URL, role: string, password: string): string {
  const url = new URL(from.href);
  url.searchParams.delete("user");
  url.searchParams.delete("password");
  if (url.host === "") {
    url.searchParams.set("user", role);
    url.searchParams.set("password", password);
  } else {
    url.username = role;
    url.password = password;
  }
  return url.href;
}
