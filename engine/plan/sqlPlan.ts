// All messages of a run in the order in which they will be sent, with names for what only run time knows.
import { batchAt, makesEventTrigger } from "../run/batches.ts";
import { withoutSoak } from "../soak/soakPolicy.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { planFileDigest, plannedLocks, type PlannedMode, modeOf } from "./planDigest.ts";
import { planBatch, planFile } from "./planFile.ts";
import type { MessageGroup } from "./plannedMessage.ts";
import { planBegin, planEnd, planFirstLook, planLease, type SessionFacts } from "./planSession.ts";

/** What a plan is made from. */
export interface PlanRequest extends SessionFacts {
  /** To apply, in this order. */
  readonly pending: readonly Migration[];
  /** All files of the folder. */
  readonly migrations: readonly Migration[];
  /** Whether code of somebody's runs at every definition in that database. */
  readonly eventTriggers: boolean;
}

/** A file as the plan has it. */
export interface PlannedFileSql {
  readonly file: string;
  readonly path: string;
  readonly stage: Migration["stage"];
  readonly mode: PlannedMode;
  /** What it will lock as far as its text tells: `ACCESS EXCLUSIVE on customers`. */
  readonly locks: readonly string[];
  /** `planFileDigest` */
  readonly digest: string;
}

/** Messages that belong together, and the files that they apply: one, or small ones of a first set-up. */
export interface PlannedPart {
  readonly files: readonly PlannedFileSql[];
  readonly groups: readonly MessageGroup[];
}

/** The messages of a run, by connection; `lockstep:<lease token>` has begin, parts and end. */
export interface SqlPlan {
  readonly initial: boolean;
  readonly look: readonly MessageGroup[];
  readonly lease: readonly MessageGroup[];
  readonly begin: readonly MessageGroup[];
  readonly parts: readonly PlannedPart[];
  readonly end: readonly MessageGroup[];
}

/**
 * The plan of a run that applies `pending`.
 * @throws LockstepError as `planFile` does.
 */
export async function planSql(request: PlanRequest): Promise<SqlPlan> {
  const { initial } = request;
  const pending = initial ? request.pending.map(withoutSoak) : request.pending;
  const files = await Promise.all(pending.map((file) => planned(file, request)));
  return {
    initial,
    look: planFirstLook(request),
    lease: planLease(),
    begin: planBegin(request),
    parts: await planParts({ ...request, pending }, files),
    end: planEnd(request),
  };
}

async function planned(file: Migration, { migrations }: PlanRequest): Promise<PlannedFileSql> {
  return {
    file: fileId(file),
    path: file.path,
    stage: file.stage,
    mode: modeOf(file),
    locks: plannedLocks(file),
    digest: await planFileDigest(file, migrations),
  };
}

async function planParts(
  { pending, migrations, initial, ...seen }: PlanRequest,
  files: readonly PlannedFileSql[],
): Promise<readonly PlannedPart[]> {
  const parts: PlannedPart[] = [];
  let { eventTriggers } = seen;
  for (let index = 0; index < pending.length;) {
    const batch = initial && !eventTriggers ? batchAt(pending, index) : [];
    const taken = batch.length > 0 ? batch : pending.slice(index, index + 1);
    const groups: MessageGroup[] = batch.length > 0 ? [batchGroup(batch)] : [];
    for (const file of batch.length > 0 ? [] : taken)
      groups.push(...(await planFile(file, { migrations, eventTriggers })));
    parts.push({ files: files.slice(index, index + taken.length), groups });
    eventTriggers ||= taken.some(makesEventTrigger);
    index += taken.length;
  }
  return parts;
}

/** Where one of them meets somebody, it and those behind it are sent one by one. */
function batchGroup(batch: readonly Migration[]): MessageGroup {
  const what = `${String(batch.length)} small files, each with its ledger row and its own commit`;
  return { what: "one message", times: "once", messages: [{ what, sql: planBatch(batch) }] };
}
