// From a stack's config as Pulumi hands it over to a typed one, with all faults in one error.
import { checkKeys, NAMESPACE, type Values } from "./checkKeys.ts";
import { completeConfig } from "./completeConfig.ts";
import type { Config } from "./config.ts";
import { crossFaults, ENVIRONMENT_UNTOLD } from "./crossFaults.ts";
import { environmentOfName } from "./environment.ts";
import { configError, type Fault } from "./faults.ts";
import type { WrittenConfig } from "./schema.ts";

/** A stack's config as Pulumi hands it over. */
export interface RawConfig {
  readonly stack: string;
  /** All keys with their namespace; blocks are JSON texts. Secrets are decrypted. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys of `values` that are encrypted, or hold something that is. */
  readonly secretKeys: readonly string[];
}

/**
 * Checks every key and completes what is left out.
 * @throws LockstepError CONFIG that names every fault, and shows no secret.
 */
export function parseConfig(raw: RawConfig): Config {
  const checked = checkConfig(raw);
  if ("config" in checked) return checked.config;
  throw configError(raw.stack, checked.faults);
}

/** The same with the faults returned, for whoever has another way to show them. */
export function checkConfig(
  raw: RawConfig,
): { readonly config: Config } | { readonly faults: readonly Fault[] } {
  const values = readBlocks(raw.values);
  const isSecret = (name: string) => raw.secretKeys.includes(`${NAMESPACE}:${name}`);
  const { written, faults } = checkKeys(values, isSecret);
  const environment = written.environment ?? environmentOfName(raw.stack);
  const untold = environment === undefined && !("environment" in values);
  const all = [
    ...faults,
    ...(untold ? [ENVIRONMENT_UNTOLD] : []),
    ...crossFaults(written, {
      environment,
      stack: raw.stack,
      encrypted: isSecret("database"),
      rehearsalEncrypted: isSecret("rehearsal"),
      gateEncrypted: isSecret("gate"),
      replicasEncrypted: isSecret("replicas"),
      noticesEncrypted: isSecret("notices"),
      backupEncrypted: isSecret("backup"),
    }),
  ];
  if (all.length > 0 || environment === undefined) return { faults: all };
  // Without faults every required key is there.
  return { config: completeConfig(written as WrittenConfig, environment) };
}

function readBlocks(all: RawConfig["values"]): Values {
  const prefix = `${NAMESPACE}:`;
  const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, text]) => [key.slice(prefix.length), readBlock(text)]));
}

/** Pulumi hands over a block as JSON, and a single value as its text. */
function readBlock(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
