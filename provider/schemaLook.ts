// What preview and up say of the schema itself: drift since the last run.
import type { ClientBase } from "pg";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { DEFAULT_DRIFT_POLICY, driftError, findDrift, namedDrift } from "../engine/schema/drift.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { ResourceContext } from "./resource.ts";
import type { AdmissionInputs } from "./schema.ts";

/** What is looked at. */
export interface SchemaLook {
  readonly inputs: AdmissionInputs;
  readonly migrations: readonly Migration[];
  /** Undefined where the database is not there yet. */
  readonly target: DatabaseTarget | undefined;
  readonly context: ResourceContext;
}

/**
 * Tells drift.
 * @throws LockstepError DRIFT where the stack refuses it.
 */
export async function tellDrift(
  client: ClientBase,
  { inputs, target, context }: SchemaLook,
): Promise<void> {
  const policy = inputs.drift ?? DEFAULT_DRIFT_POLICY;
  const drift = await findDrift(client, policy);
  if (drift.state !== "drift") return;
  if (policy.refuse) throw driftError(target?.display ?? "", drift.lines);
  context.report(
    "warn",
    `the schema is not as the last run left it (lockstep drift):\n${namedDrift(drift.lines)}`,
  );
}
