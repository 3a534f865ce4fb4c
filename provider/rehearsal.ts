// The rehearsal of what is pending: its verdict for preview, and the proof that a step is handed where the stack requires one.
import { parseUrl, type DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { notRehearsed, rehearseCommand } from "../engine/rehearse/notRehearsed.ts";
import type { RehearsalProof } from "../engine/rehearse/proof.ts";
import { describeVerdict, type RehearsalResult } from "../engine/rehearse/result.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { ResourceContext } from "./resource.ts";
import type { AdmissionInputs } from "./schema.ts";

/** What is rehearsed, and where. */
export interface RehearsalLook {
  readonly inputs: Pick<
    AdmissionInputs,
    "release" | "migrations" | "rehearsalRequired" | "rehearsalUrl"
  >;
  readonly migrations: readonly Migration[];
  /** Undefined where the database is not there yet. */
  readonly target: DatabaseTarget | undefined;
  readonly context: ResourceContext;
}

/**
 * Tells the rehearsal's verdict in a line; where the stack requires one, it is made now unless there is one.
 * @throws LockstepError NOT_REHEARSED where one is required and failed; as `rehearse` does where none can be made.
 */
export async function tellRehearsal(look: RehearsalLook): Promise<void> {
  const { inputs, context } = look;
  if (inputs.rehearsalRequired === true) {
    const result = await passRehearsal(look);
    context.report("info", `rehearsal ${describeVerdict(result)}`);
    return;
  }
  // Only here: an update that changes nothing needs none of it.
  const { foreseeRehearsal } = await import("../engine/rehearse/outlook.ts");
  const { kept } = await foreseeRehearsal(requestOf(look));
  const none = `not rehearsed (${commandFor(inputs)})`;
  context.report("info", kept ? `rehearsal ${describeVerdict(kept)}` : none);
}

/**
 * Rehearses, or takes the kept result, for a step that is about to run.
 * @throws LockstepError as `tellRehearsal` does.
 */
export async function proveRehearsal(look: RehearsalLook): Promise<RehearsalProof> {
  const { digest } = await passRehearsal(look);
  return { digest, server: serverOf(look.inputs)?.display ?? "" };
}

async function passRehearsal(look: RehearsalLook): Promise<RehearsalResult> {
  const { inputs, context } = look;
  const { rehearse } = await import("../engine/rehearse/rehearse.ts");
  const { report, signal } = context;
  const result = await rehearse({ ...requestOf(look), report, signal });
  if (result.verdict === "passed") return result;
  const { stack } = inputs.release;
  throw notRehearsed(result, { stack, command: commandFor(inputs) });
}

function requestOf({ inputs, migrations, target }: RehearsalLook) {
  const { target: through, promoted } = inputs.migrations;
  return { migrations, through, promoted, target, server: serverOf(inputs) };
}

/** The stack's server; else one that this machine knows. */
function serverOf({ rehearsalUrl }: RehearsalLook["inputs"]): DatabaseTarget | undefined {
  if (rehearsalUrl !== undefined) return parseUrl(rehearsalUrl, "lockstep:rehearsal.url");
  const url = process.env.LOCKSTEP_REHEARSAL_URL;
  return url ? parseUrl(url, "LOCKSTEP_REHEARSAL_URL") : undefined;
}

/** What rehearses the very files of this release: those behind its target would make another rehearsal. */
function commandFor({ release, migrations }: RehearsalLook["inputs"]): string {
  return rehearseCommand(release.stack, migrations.target);
}
