// What a stack's config says of drift, for commands that read its file themselves.
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { DEFAULT_DRIFT_POLICY, type DriftPolicy } from "../engine/schema/drift.ts";
import { configValue, readStackFile } from "./stackFile.ts";

const KEY = "lockstep:drift";

/**
 * The policy of `stack`; the default where it has no file or says nothing.
 * @throws LockstepError CONFIG for one that is not as docs/config.md has it.
 */
export async function readDriftPolicy(cwd: string, stack: string): Promise<DriftPolicy> {
  const file = await readStackFile(cwd, stack);
  const value = file && configValue(file, KEY);
  if (value === undefined || value === null) return DEFAULT_DRIFT_POLICY;
  const { found = "warn", ignore = [] } = (typeof value === "object" ? value : {}) as {
    readonly found?: unknown;
    readonly ignore?: unknown;
  };
  const isList = Array.isArray(ignore) && ignore.every((one) => typeof one === "string");
  if (typeof value === "object" && isList && (found === "warn" || found === "refuse"))
    return { refuse: found === "refuse", ignore };
  throw new LockstepError("CONFIG", "The settings of drift are not what they may be", {
    where: `${file?.name ?? ""}: ${KEY}`,
    seen: JSON.stringify(value),
    next: "expected found (warn or refuse) and ignore (a list of patterns such as public.events_p*)",
  });
}
