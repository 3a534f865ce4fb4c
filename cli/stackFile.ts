// A stack's config file, Pulumi.<stack>.yaml: its approval and target are read here, and written back whole.
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Document } from "yaml";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { Approval } from "../engine/run/approval.ts";
import type { Dependants } from "../engine/schema/dependants.ts";
import { MIGRATION_NUMBER } from "../engine/sources/findNumber.ts";

/** A stack's file as it lies on disk. */
export interface StackFile {
  /** Its name, as people know it: `Pulumi.prod.yaml`. */
  readonly name: string;
  readonly path: string;
  readonly document: Document.Parsed;
  /** Its text as it was read. */
  readonly text: string;
}

/** The key of the approval within `config`. */
export const APPROVAL_KEY = "lockstep:approval";

/** The key of the approval of risky expand files. */
export const EXPAND_APPROVAL_KEY = "lockstep:expandApproval";

/** The keys of approvals within `config`. */
export type ApprovalKey = typeof APPROVAL_KEY | typeof EXPAND_APPROVAL_KEY;

/**
 * Reads the file of `stack` in `cwd`; undefined where there is none.
 * @throws LockstepError CONFIG for what is no YAML or no stack's file.
 */
export async function readStackFile(cwd: string, stack: string): Promise<StackFile | undefined> {
  const name = `Pulumi.${stack}.yaml`;
  const path = join(cwd, name);
  const text = await readIfThere(path, name);
  if (text === undefined) return undefined;
  // Only here: by hand there is mostly no stack, and a command without one starts sooner.
  const { isMap, parseDocument } = await import("./yaml.ts");
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault) throw malformed(name, fault.message.split("\n\n")[0] ?? fault.message);
  const { contents } = document;
  if (contents !== null && !isMap(contents)) throw malformed(name, "it holds no keys");
  const config = document.get("config", true);
  if (config && !isMap(config) && document.get("config") !== null) {
    throw malformed(name, "config holds no keys");
  }
  return { name, path, document, text };
}

/**
 * The file of `stack`, which must be there.
 * @throws LockstepError CONFIG with the stacks that are there; as `readStackFile` does.
 */
export async function ensureStackFile(cwd: string, stack: string): Promise<StackFile> {
  const file = await readStackFile(cwd, stack);
  if (file) return file;
  const names = await readdir(cwd);
  const stacks = names.flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []).toSorted();
  throw new LockstepError("CONFIG", `There is no Pulumi.${stack}.yaml here`, {
    where: cwd,
    seen: stacks.length > 0 ? `stacks here: ${stacks.join(", ")}` : "no stack's config at all",
    likely: "the stack is called otherwise, or this is not the project's folder",
    next: `check --stack, or make the stack first: pulumi stack init ${stack}`,
  });
}

async function readIfThere(path: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new LockstepError("CONFIG", `${name} cannot be read`, {
      where: path,
      seen: error instanceof Error ? error.message : String(error),
      next: `ls -l ${name}`,
      cause: error,
    });
  }
}

/** A value under `config` as plain data; undefined where there is none. */
export function configValue(file: StackFile, key: string): unknown {
  const config: unknown = (file.document.toJS() as Readonly<Record<string, unknown>> | null)
    ?.config;
  if (typeof config !== "object" || config === null) return undefined;
  return (config as Readonly<Record<string, unknown>>)[key];
}

/**
 * The approval that `stack` has, as it is written.
 * @throws LockstepError CONFIG for one that is incomplete.
 */
export async function readApproval(
  cwd: string,
  stack: string,
  key: ApprovalKey = APPROVAL_KEY,
): Promise<Approval | undefined> {
  const file = await readStackFile(cwd, stack);
  return file && approvalIn(file, key);
}

/**
 * The approval in `file`, under `key`.
 * @throws LockstepError CONFIG for one that is incomplete.
 */
export function approvalIn(file: StackFile, key: ApprovalKey = APPROVAL_KEY): Approval | undefined {
  const value = configValue(file, key);
  if (value === undefined || value === null) return undefined;
  const fields = (typeof value === "object" ? value : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : "");
  const approval = {
    through: text("through"),
    digest: text("digest"),
    by: text("by"),
    at: text("at"),
    expires: text("expires"),
  };
  const faults = [
    ...(MIGRATION_NUMBER.test(approval.through) ? [] : ["through"]),
    ...(/^[0-9a-f]{64}$/.test(approval.digest) ? [] : ["digest"]),
    ...(approval.by === "" ? ["by"] : []),
    ...(fields.fingerprint === undefined || isFingerprint(fields.fingerprint)
      ? []
      : ["fingerprint"]),
    ...(["at", "expires"] as const).filter((name) => Number.isNaN(Date.parse(approval[name]))),
  ];
  if (faults.length === 0) {
    return {
      ...approval,
      ...("reason" in fields ? { reason: text("reason") } : {}),
      ...(isFingerprint(fields.fingerprint) && { fingerprint: fields.fingerprint }),
    };
  }
  throw new LockstepError("CONFIG", "The approval is not what `lockstep approve` writes", {
    where: `${file.name}: ${key}`,
    seen: `missing or malformed: ${faults.join(", ")}`,
    likely: "it was edited by hand",
    next: "write it anew with lockstep approve, or remove it",
  });
}

/**
 * The last migration that the stack's config asks for: `lockstep:target`, which may be a map from
 * release label to number (see config/schema.ts); undefined where it asks for none.
 */
export function targetIn(file: StackFile): string | undefined {
  const target = configValue(file, "lockstep:target");
  const release = configValue(file, "lockstep:release");
  const isMapping = typeof target === "object" && target !== null;
  const number = isMapping
    ? (target as Readonly<Record<string, unknown>>)[scalarText(release)]
    : target;
  const text = scalarText(number);
  return MIGRATION_NUMBER.test(text) ? text : undefined;
}

/** YAML makes numbers of what is written without quotes. */
function scalarText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Replaces the file in one step: whoever reads it meanwhile sees the old or the new text. */
export async function writeStackFile(file: StackFile, text: string): Promise<void> {
  const draft = `${file.path}.${String(process.pid)}.tmp`;
  try {
    const { mode } = await stat(file.path);
    await writeFile(draft, text, { mode, flag: "wx" });
    await rename(draft, file.path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new LockstepError("CONFIG", `${file.name} cannot be written; it is as it was`, {
      where: file.path,
      seen: error instanceof Error ? error.message : String(error),
      next: `ls -ld . ${file.name}; df -h .`,
      cause: error,
    });
  }
}

function malformed(name: string, seen: string): LockstepError {
  return new LockstepError("CONFIG", `${name} is no stack's config`, {
    where: name,
    seen,
    next: "mend the file (git diff shows what changed); nothing was changed",
  });
}

function isFingerprint(value: unknown): value is Dependants {
  if (typeof value !== "object" || value === null) return false;
  const { version, objects } = value as Partial<Record<keyof Dependants, unknown>>;
  return (
    Number.isInteger(version) &&
    Array.isArray(objects) &&
    objects.every((object) => typeof object === "string")
  );
}
