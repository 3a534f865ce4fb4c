// Where a stack's backups go and how they are sealed, for commands by hand: the environment says it, else the stack's config.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { WrittenConfig } from "../config/schema.ts";
import { PROOF_URL_VARIABLE } from "../engine/backup/proofWish.ts";
import { type BackupStore, withStoreEnvironment } from "../engine/backup/store.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { CommandContext } from "./context.ts";

const KEY = "lockstep:backup";

/** What a command does with backups; the key is asked for only where one is opened or made. */
export type StoreUse = "list" | "open";

/**
 * `context` with an environment that also says what the stack's `lockstep:backup` does. What is encrypted there is asked of Pulumi,
 * where the environment does not say it.
 * @throws LockstepError CONFIG for a block that cannot be read, or that Pulumi does not decrypt.
 */
export async function withStackStore(
  context: CommandContext,
  stack: string,
  use: StoreUse,
): Promise<CommandContext> {
  const { cwd, env, signal } = context;
  // Whoever has no such file does not pay for reading YAML.
  if (!existsSync(join(cwd, `Pulumi.${stack}.yaml`))) return context;
  const { configValue, readStackFile } = await import("./stackFile.ts");
  const file = await readStackFile(cwd, stack);
  if (file === undefined) return context;
  const written = configValue(file, KEY);
  if (!isBlock(written)) return context;
  const encrypted = Object.keys(written).filter((name) => isEncrypted(written[name]));
  const isAsked = encrypted.some((name) => isNeeded(name, { env, use }));
  const value = isAsked
    ? await (await import("./stackSecrets.ts")).readStackSecret(KEY, { cwd, stack, env, signal })
    : Object.fromEntries(Object.entries(written).filter(([, one]) => !isEncrypted(one)));
  const { completeStore } = await import("../config/backupStore.ts");
  const { store } = completeStore(await parseBlock(value, file.name));
  return store ? { ...context, env: withStoreEnvironment(env, complete(store)) } : context;
}

/** Half a pair of credentials is of no use; the other half was not asked for. */
function complete({ accessKey, secretKey, ...rest }: BackupStore): BackupStore {
  return accessKey && secretKey ? { ...rest, accessKey, secretKey } : rest;
}

function isNeeded(
  name: string,
  { env, use }: { readonly env: CommandContext["env"]; readonly use: StoreUse },
): boolean {
  if (name === "key") return use === "open" && !env.LOCKSTEP_BACKUP_KEY;
  if (name === "proofUrl") return use === "open" && !env[PROOF_URL_VARIABLE];
  if (name === "accessKey" || name === "secretKey") {
    return !env.AWS_ACCESS_KEY_ID && !env.AWS_PROFILE;
  }
  return ["bucket", "endpoint", "region"].includes(name);
}

async function parseBlock(
  value: unknown,
  where: string,
): Promise<NonNullable<WrittenConfig["backup"]>> {
  const { configSchema } = await import("../config/schema.ts");
  const read = configSchema.shape.backup.safeParse(value);
  if (read.success) return read.data ?? {};
  const { fullKey, plainIssues } = await import("../config/checkKeys.ts");
  const faults = read.error.issues.flatMap(plainIssues);
  throw new LockstepError("CONFIG", `${KEY} cannot be read`, {
    where,
    seen: faults
      .map(({ path, message }) => `${fullKey(["backup", ...path])}: ${message}`)
      .join("\n"),
    next: "mend it; docs/config.md has every key",
  });
}

function isEncrypted(value: unknown): boolean {
  return isBlock(value) && "secure" in value;
}

function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
