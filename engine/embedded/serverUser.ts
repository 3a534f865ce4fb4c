// Which user runs the server: PostgreSQL refuses root, so root hands it to an ordinary account.
import { chmod, chown, mkdir, stat } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import { execa } from "execa";
import { LockstepError } from "../errors/lockstepError.ts";
import { lockstepHome } from "../home.ts";
import { isMissing } from "../process/privateFile.ts";

/** The account that a server and its files belong to. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** Accounts that root gives a server to, the first that exists. */
const CANDIDATES = ["postgres", "nobody"] as const;

/**
 * The account for the server on `dataDir`: the folder's owner if it exists, else for root
 * `postgres` or `nobody`, else undefined, which means: as whoever runs this.
 * Throws CONFIG if the folder belongs to somebody else, or root finds no such account.
 */
export async function serverUserFor(dataDir: string): Promise<ServerUser | undefined> {
  const ownUid = process.getuid?.();
  const owner = await ownerOf(dataDir);
  if (ownUid !== 0) {
    if (owner === undefined || owner.uid === ownUid) return undefined;
    throw new LockstepError("CONFIG", "The database's folder belongs to another user", {
      where: dataDir,
      seen: `owner uid ${owner.uid}, you are uid ${ownUid}`,
      next: "run lockstep as that user, or set LOCKSTEP_HOME to a folder of your own",
    });
  }
  if (owner !== undefined && owner.uid !== 0) return owner;
  for (const name of CANDIDATES) {
    const found = await lookUp(name);
    if (found !== undefined) return found;
  }
  throw new LockstepError("CONFIG", "No account to run PostgreSQL as", {
    seen: `you are root, which PostgreSQL refuses, and there is neither ${CANDIDATES.join(" nor ")}`,
    next: "useradd --system postgres, or run lockstep as an ordinary user",
  });
}

/** Spawn options that make a child run as `user`, with nothing else of ours in its environment. */
export function runAs(user: ServerUser | undefined) {
  const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  return { ...identity, env, extendEnv: false, cwd: "/" } as const;
}

/**
 * Makes `dir` and what is missing above it so that `user` can pass through: 0711, or 0700 where we
 * are that user. Of folders that exist, only lockstep's own are opened for passing (not reading);
 * the files in them are private each by itself.
 */
export async function ensureReachableDir(dir: string, user: ServerUser | undefined): Promise<void> {
  const mode = user === undefined ? 0o700 : 0o711;
  const first = await mkdir(dir, { recursive: true, mode });
  if (user === undefined) return;
  const home = lockstepHome();
  for (let at = resolve(dir); at !== dirname(at); at = dirname(at)) {
    const isOurs = at === home || at.startsWith(home + sep) || at.length >= (first ?? dir).length;
    if (!isOurs) return;
    const found = await stat(at);
    if (found.uid === process.getuid?.()) await chmod(at, found.mode | 0o111);
  }
}

/** Gives `path` to `user`; nothing to do where we are that user. */
export async function giveTo(path: string, user: ServerUser | undefined): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

/**
 * Throws CONFIG naming the first folder on the way to `dir` that `user` may not pass through: the
 * server itself would only say "permission denied".
 */
export async function ensureTraversable(dir: string, user: ServerUser | undefined): Promise<void> {
  if (user === undefined) return;
  const folders = [];
  for (let at = resolve(dir); ; at = dirname(at)) {
    folders.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const folder of folders) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) !== 0) continue;
    throw new LockstepError("CONFIG", `PostgreSQL's user "${user.name}" cannot reach its files`, {
      where: folder,
      seen: `mode ${(mode & 0o777).toString(8).padStart(4, "0")}, owner uid ${uid}: closed to others`,
      likely: "you are root, and the server runs as another user because PostgreSQL refuses root",
      next: `chmod o+x ${folder}, or set LOCKSTEP_HOME to a folder that others may pass through, such as /var/lib/lockstep`,
    });
  }
}

async function ownerOf(dir: string): Promise<ServerUser | undefined> {
  try {
    const { uid, gid } = await stat(dir);
    return { uid, gid, name: `uid ${uid}` };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function lookUp(name: string): Promise<ServerUser | undefined> {
  const ask = async (flag: string) => {
    const { stdout, exitCode } = await execa("id", [flag, name], { reject: false });
    return exitCode === 0 ? Number(stdout) : undefined;
  };
  const [uid, gid] = [await ask("-u"), await ask("-g")];
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid, name };
}
