// The release store: a copy of each released app, so that the version before can be started again after the working tree has moved on.
import { randomBytes } from "node:crypto";
import { copyFile, readdir, realpath, rename, rm, stat, symlink, utimes } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import { ensurePrivateDir, isMissing } from "./privateFile.ts";
import { stackPaths } from "./spec.ts";
import { copyTree, digestTree } from "./tree.ts";

/** Which app to keep, for which stack. */
export interface KeepSpec {
  readonly project: string;
  readonly stack: string;
  /** The app's folder. */
  readonly dir: string;
  /** Files and folders in it that make the app. @default all but node_modules and .git */
  readonly files?: readonly string[];
}

/** A kept app. */
export interface KeptRelease {
  /** sha256 (hex) of its tree: its name in the store. */
  readonly treeDigest: string;
  /** Where its copy lies; commands run there. */
  readonly path: string;
}

/** How many apps `pruneReleases` leaves. */
export const DEFAULT_KEPT_RELEASES = 5;

/**
 * Copies the app's tree into the store unless it is there. Beside the copy go a link to the nearest
 * node_modules and the nearest package.json, so that imports resolve as they do in place. Throws CONFIG if files
 * are missing or change while they are copied.
 */
export async function keepRelease(spec: KeepSpec): Promise<KeptRelease> {
  const { releases } = stackPaths(spec.project, spec.stack);
  const dir = resolve(spec.dir);
  const treeDigest = await digestTree(dir, spec.files);
  const target = join(releases, treeDigest);
  const kept = { treeDigest, path: join(target, "app") };
  if (await isThere(kept.path)) {
    const now = new Date();
    await utimes(target, now, now);
    return kept;
  }
  const unfinished = join(releases, `.new-${randomBytes(6).toString("hex")}`);
  await ensurePrivateDir(unfinished);
  try {
    await copyTree(dir, join(unfinished, "app"), spec.files);
    await ensureUnchanged(dir, join(unfinished, "app"), treeDigest);
    await addSurroundings(dir, unfinished);
    await rename(unfinished, target).catch(async (error: unknown) => {
      // Another one kept the same tree meanwhile: the copies are equal.
      if (!(await isThere(kept.path))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return kept;
}

/** The folder of a kept app. Throws CONFIG if the store does not have it. */
export async function ensureKept(project: string, stack: string, treeDigest: string) {
  const path = join(stackPaths(project, stack).releases, treeDigest, "app");
  if (await isThere(path)) return path;
  throw new LockstepError("CONFIG", "The release store does not hold this app", {
    where: path,
    likely: "lockstep's folder was cleared, or the release was made on another machine",
    next: "check out that release's code and run `pulumi up` again: it is kept anew",
  });
}

/** Removes the oldest apps beyond `keep`, but none whose digest is in `inUse`. Returns how many went. */
export async function pruneReleases(
  stack: { readonly project: string; readonly stack: string },
  inUse: ReadonlySet<string>,
  keep = DEFAULT_KEPT_RELEASES,
): Promise<number> {
  const { releases } = stackPaths(stack.project, stack.stack);
  const names = (await readdir(releases)).filter((name) => !name.startsWith("."));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, keptMs: (await stat(join(releases, name))).mtimeMs })),
  );
  dated.sort((a, b) => b.keptMs - a.keptMs);
  const old = dated.slice(keep).filter(({ name }) => !inUse.has(name));
  for (const { name } of old) await rm(join(releases, name), { recursive: true, force: true });
  return old.length;
}

async function ensureUnchanged(dir: string, copy: string, treeDigest: string): Promise<void> {
  if ((await digestTree(copy)) === treeDigest) return;
  throw new LockstepError("CONFIG", "The app's files changed while they were copied", {
    where: dir,
    likely: "an editor, a build or a checkout was writing there",
    next: "run the same command again when it is done",
  });
}

async function addSurroundings(dir: string, target: string): Promise<void> {
  const modules = await nearest(dir, "node_modules");
  if (modules !== undefined) await symlink(await realpath(modules), join(target, "node_modules"));
  // It may say "type": "module"; one in the tree itself comes first anyway.
  const manifest = await nearest(dir, "package.json");
  if (manifest !== undefined) await copyFile(manifest, join(target, "package.json"));
}

async function nearest(dir: string, name: string): Promise<string | undefined> {
  const path = join(dir, name);
  if (await isThere(path)) return path;
  return dir === dirname(dir) ? undefined : nearest(dirname(dir), name);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
