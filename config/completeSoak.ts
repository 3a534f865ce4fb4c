// Which contract files of a stack soak, and for how long.
import type { SoakPolicy } from "../engine/soak/soakPolicy.ts";
import { SOAK_FROM, SOAK_TIME_MS } from "./defaults.ts";
import type { Environment } from "./environment.ts";
import type { WrittenConfig } from "./schema.ts";

/** The policy of a stack of `environment`; undefined where nothing soaks. */
export function completeSoak(
  { from, time }: NonNullable<WrittenConfig["soak"]> = {},
  environment: Environment,
): SoakPolicy | undefined {
  const bound = from ?? SOAK_FROM[environment];
  return bound === "none" ? undefined : { from: bound, timeMs: time ?? SOAK_TIME_MS };
}
