// What preview and up say of the schema itself: drift since the last run, and the rehearsal of what is pending.
import type { ClientBase } from "pg";
import { parseUrl, type DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { describeVerdict, type RehearsalResult } from "../engine/rehearse/result.ts";
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

/**
 * Tells the rehearsal's verdict in a line; where the stack requires one, it is made now unless there is one.
 * @throws LockstepError NOT_REHEARSED where one is required and failed; as `rehearse` does where none can be made.
 */
export async function tellRehearsal(look: SchemaLook): Promise<void> {
  const { inputs, migrations, target, context } = look;
  // Only here: an update that changes nothing needs none of it.
  const { rehearse, foreseeRehearsal } = await import("../engine/rehearse/rehearse.ts");
  const server = process.env.LOCKSTEP_REHEARSAL_URL;
  const request = {
    migrations,
    ...{ through: inputs.migrations.target, promoted: inputs.migrations.promoted, target },
    server: server ? parseUrl(server, "LOCKSTEP_REHEARSAL_URL") : undefined,
  };
  if (inputs.rehearsalRequired !== true) {
    const { kept } = await foreseeRehearsal(request);
    const none = `not rehearsed (${rehearseCommand(inputs)})`;
    context.report("info", kept ? `rehearsal ${describeVerdict(kept)}` : none);
    return;
  }
  const { report, signal } = context;
  const result = await rehearse({ ...request, report, signal });
  if (result.verdict === "failed") throw notRehearsed(inputs, result);
  report("info", `rehearsal ${describeVerdict(result)}`);
}

/** What rehearses the very files of this release: those behind its target would make another rehearsal. */
function rehearseCommand({ release, migrations }: AdmissionInputs): string {
  const target = migrations.target === undefined ? "" : ` --target ${migrations.target}`;
  return `npx lockstep rehearse --stack ${release.stack}${target}`;
}

function notRehearsed(inputs: AdmissionInputs, result: RehearsalResult): LockstepError {
  const { release } = inputs;
  const errors = result.findings.filter(({ severity }) => severity === "error");
  return new LockstepError("NOT_REHEARSED", "The rehearsal of this release's files failed", {
    where: errors.map(({ where }) => where).find((where) => where !== "") ?? release.stack,
    seen: errors
      .flatMap(({ rule, message, details }) => [`${rule}: ${message}`, ...details.slice(0, 4)])
      .join("\n"),
    likely: `stack ${release.stack} requires one (lockstep:rehearsal.required)`,
    next: `mend the files; ${rehearseCommand(inputs)} shows all of it`,
  });
}
