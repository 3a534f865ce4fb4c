// What a stack's config file says of the files and of contract, for commands by hand: the same keys that `pulumi up` reads.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { KeepSettings } from "../engine/backup/list.ts";
import type { ValueChecks } from "../engine/backup/valueChecks.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { Leftovers } from "../engine/lease/leftoversChoice.ts";
import type { RuleLevels } from "../engine/lint/levels.ts";
import type { SoakPolicy } from "../engine/soak/soakPolicy.ts";
import type { CommandContext } from "./context.ts";
import type { FolderOptions } from "./declarations/sharedOptions.ts";
import type { StackFile } from "./stackFile.ts";

/** A command's folder before the stack is asked: what was given on the command line. */
export type GivenFolder = Omit<FolderOptions, "migrations"> & { readonly migrations?: string };

/** What a run by hand keeps to as the stack's releases do. */
export interface StackLimits {
  /** ms; undefined where the stack does not say. */
  readonly backupMaxAgeMs: number | undefined;
  /** Which backups stay; undefined where the stack does not say. */
  readonly backupKeep: KeepSettings | undefined;
  /** Of which tables a proof compares the values too; undefined where the stack does not say. */
  readonly backupChecks: ValueChecks | undefined;
  /** Whether a proof may happen on the server that is backed up. */
  readonly proofOnTarget: boolean;
  readonly allowedApplications: readonly string[];
  /** `wait` in ms. */
  readonly lease: {
    readonly wait?: number | undefined;
    readonly leftovers?: Leftovers | undefined;
  };
  /** ms */
  readonly lock: { readonly budget?: number | undefined; readonly cancelIdle?: number | undefined };
  /** Times in ms. */
  readonly backfill: {
    readonly target?: number | undefined;
    readonly maxReplicaLag?: number | undefined;
    readonly maxActive?: number | undefined;
  };
  /** Whether the stack is one to try things on; a stack whose file says nothing is told by its name. */
  readonly isDev: boolean;
}

/** The keys that commands by hand read. */
type StackKey =
  | "migrations"
  | "drain"
  | "backup"
  | "lease"
  | "lock"
  | "backfill"
  | "environment"
  | "rehearsal"
  | "risk"
  | "soak"
  | "sync";

const DEFAULT_FOLDER = "migrations";

/**
 * The folder of `options`, completed from `lockstep:migrations` of the stack's file. An option wins; a folder that was named by
 * hand is read in the format that its files tell.
 * @throws LockstepError CONFIG for a key that cannot be read, and for placeholders that only Pulumi can decrypt.
 */
export async function withStackFolder<Options extends GivenFolder>(
  options: Options,
  cwd: string,
): Promise<Options & FolderOptions> {
  const file = await stackFileOf(cwd, options.stack);
  const written = file && (await valueOf(file, "migrations", options.set));
  const block = typeof written === "string" ? { dir: written } : (written ?? {});
  const placeholders = { ...block.placeholders, ...options.set };
  const isGiven = options.migrations !== undefined;
  const soak = file && (await soakOf(file, options.stack));
  const format = options.format ?? (isGiven ? undefined : block.format);
  return {
    ...options,
    migrations: options.migrations ?? block.dir ?? DEFAULT_FOLDER,
    ...(format && { format }),
    ...(soak && { soak }),
    ...(Object.keys(placeholders).length > 0 && { set: placeholders }),
    ...(written !== undefined && file && { fromStack: file.name }),
  };
}

/** Which contract files of the stack soak; a stack without a file has none that do. */
async function soakOf(file: StackFile, stack: string): Promise<SoakPolicy | undefined> {
  const { completeSoak } = await import("../config/completeSoak.ts");
  const { environmentOfName } = await import("../config/environment.ts");
  const environment = (await valueOf(file, "environment")) ?? environmentOfName(stack) ?? "dev";
  return completeSoak(await valueOf(file, "soak"), environment);
}

/**
 * The limits in the file of `stack`.
 * @throws LockstepError CONFIG for a key that cannot be read.
 */
export async function readStackLimits(cwd: string, stack: string): Promise<StackLimits> {
  const { completeKeep } = await import("../config/backupKeep.ts");
  const { environmentOfName } = await import("../config/environment.ts");
  const file = await stackFileOf(cwd, stack);
  const drain = file && (await valueOf(file, "drain"));
  const backup = file && (await valueOf(file, "backup"));
  const lease = file && (await valueOf(file, "lease"));
  const lock = file && (await valueOf(file, "lock"));
  const backfill = file && (await valueOf(file, "backfill"));
  const environment = (file && (await valueOf(file, "environment"))) ?? environmentOfName(stack);
  return {
    backupMaxAgeMs: backup?.maxAge,
    backupKeep: backup?.keep && completeKeep(backup.keep),
    backupChecks: backup?.checksums,
    proofOnTarget: backup?.proofOnTarget ?? false,
    allowedApplications: drain?.allowed ?? [],
    lease: lease ?? {},
    lock: lock ?? {},
    backfill: backfill ?? {},
    isDev: environment === "dev",
  };
}

/**
 * What the file of `stack` asks for at levels of risk, and before which stages it takes backups; undefined without a file.
 * @throws LockstepError CONFIG for a key that cannot be read.
 */
export async function readStackRisk(cwd: string, stack: string) {
  const file = await stackFileOf(cwd, stack);
  if (!file) return undefined;
  const backup = await valueOf(file, "backup");
  const { estimate = {}, ...risk } = (await valueOf(file, "risk")) ?? {};
  return { risk, rates: given(estimate), backupBefore: backup?.before ?? [] };
}

/** What a stack's file says of rehearsals. */
export interface StackRehearsal {
  readonly required: boolean;
  /** Where they run: the stack's, else what LOCKSTEP_REHEARSAL_URL names; a scratch cluster where it is undefined. */
  readonly server: DatabaseTarget | undefined;
  /** Whether the stack's server is not known here, because only Pulumi can decrypt it. */
  readonly isHidden: boolean;
}

/**
 * Whether `stack` requires a rehearsal, and where it runs.
 * @throws LockstepError CONFIG for a key that cannot be read.
 */
export async function readStackRehearsal(
  { cwd, env }: Pick<CommandContext, "cwd" | "env">,
  stack: string,
): Promise<StackRehearsal> {
  const file = await stackFileOf(cwd, stack);
  const { isEncrypted, ...block } = (file && (await rehearsalBlock(file))) ?? {};
  const fromEnv = env.LOCKSTEP_REHEARSAL_URL;
  const { parseUrl } = await import("../engine/drivers/postgres/target.ts");
  const server = block.url
    ? parseUrl(block.url, `${file?.name ?? ""}: lockstep:rehearsal.url`)
    : fromEnv
      ? parseUrl(fromEnv, "LOCKSTEP_REHEARSAL_URL")
      : undefined;
  const isHidden = isEncrypted === true && server === undefined;
  return { required: block.required ?? false, server, isHidden };
}

async function rehearsalBlock(file: StackFile): Promise<{
  readonly required?: boolean | undefined;
  readonly url?: string | undefined;
  readonly isEncrypted?: boolean;
}> {
  const { configValue } = await import("./stackFile.ts");
  const value = configValue(file, "lockstep:rehearsal");
  const isEncrypted = isBlock(value) && isBlock(value.url) && "secure" in value.url;
  return { ...(await valueOf(file, "rehearsal")), isEncrypted };
}

/** The wanted schema that the file of `stack` names, relative to it. Throws LockstepError CONFIG for a key that cannot be read. */
export async function readWantedSchema(cwd: string, stack: string): Promise<string | undefined> {
  const file = await stackFileOf(cwd, stack);
  return file && (await valueOf(file, "sync"))?.schema;
}

/**
 * The levels that hold for a run by hand: those of a stack that has raised a rule to an error; else undefined, and no rule is
 * even loaded.
 * @throws LockstepError CONFIG for levels that cannot be read.
 */
export async function readRefusingLevels(
  cwd: string,
  stack: string,
): Promise<RuleLevels | undefined> {
  const file = await stackFileOf(cwd, stack);
  if (!file) return undefined;
  const { configValue } = await import("./stackFile.ts");
  const written = JSON.stringify(configValue(file, "lockstep:lint") ?? {});
  if (!written.includes('"error"')) return undefined;
  const { readRuleLevels } = await import("./stackLint.ts");
  return readRuleLevels(cwd, stack);
}

/** Whoever has no such file does not pay for reading YAML. */
async function stackFileOf(cwd: string, stack: string): Promise<StackFile | undefined> {
  if (!existsSync(join(cwd, `Pulumi.${stack}.yaml`))) return undefined;
  const { readStackFile } = await import("./stackFile.ts");
  return readStackFile(cwd, stack);
}

/** One key, checked by the form that the program holds it to. `given` stands in for placeholders that are encrypted. */
async function valueOf<Key extends StackKey>(
  file: StackFile,
  key: Key,
  given: Readonly<Record<string, string>> = {},
) {
  const { configValue } = await import("./stackFile.ts");
  const value = configValue(file, `lockstep:${key}`);
  if (value === undefined || value === null) return undefined;
  const { configSchema } = await import("../config/schema.ts");
  const plain = key === "migrations" ? withoutSecrets(file, value, given) : withoutEncrypted(value);
  const result = configSchema.shape[key].safeParse(plain);
  if (result.success) return result.data as ReturnType<(typeof configSchema.shape)[Key]["parse"]>;
  const { fullKey, plainIssues } = await import("../config/checkKeys.ts");
  const seen = result.error.issues
    .flatMap(plainIssues)
    .map(({ path, message }) => `${fullKey([key, ...path])}: ${message}`);
  throw new LockstepError("CONFIG", `lockstep:${key} cannot be read`, {
    where: file.name,
    seen: seen.join("\n"),
    next: `mend it; docs/config.md has every key`,
  });
}

/** A block without the members that only Pulumi can decrypt. */
function withoutEncrypted(value: unknown): unknown {
  if (!isBlock(value)) return value;
  const plain = Object.entries(value).filter(([, one]) => !(isBlock(one) && "secure" in one));
  return Object.fromEntries(plain);
}

function withoutSecrets(
  file: StackFile,
  value: unknown,
  given: Readonly<Record<string, string>>,
): unknown {
  if (!isBlock(value) || !isBlock(value.placeholders)) return value;
  const all = Object.entries(value.placeholders);
  const encrypted = all.filter(([, text]) => isBlock(text) && "secure" in text);
  const missing = encrypted.map(([name]) => name).filter((name) => !(name in given));
  if (missing.length > 0) {
    throw new LockstepError("CONFIG", "Placeholders are encrypted, which only Pulumi can read", {
      where: `${file.name}: lockstep:migrations.placeholders`,
      seen: missing.join(", "),
      next: `give them by hand: ${missing.map((name) => `--set ${name}=VALUE`).join(" ")}`,
    });
  }
  const plain = all.filter((entry) => !encrypted.includes(entry));
  return { ...value, placeholders: Object.fromEntries(plain) };
}

function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What is written of a block. */
function given<T extends object>(block: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(block).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
