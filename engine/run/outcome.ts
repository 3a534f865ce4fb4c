// What became of a statement that was begun outside a transaction: the catalogue tells, or nobody can.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Statement } from "../sources/migration.ts";
import { builtIndex } from "./indexes.ts";
import { subjectOf, type Subject } from "./subject.ts";
import type { Run } from "./workSession.ts";

/** `done`: it took effect. `repeat`: it did not, or running it again is harmless. */
export type Outcome = "done" | "repeat";

/** A statement of a file, and where it comes from. */
export interface JournalledStatement {
  /** The file's number as written. */
  readonly label: string;
  readonly path: string;
  readonly statement: Statement;
}

/**
 * Finds out what became of a statement whose journal says `started`; what still runs is waited for.
 * @throws LockstepError UNKNOWN_OUTCOME where the catalogue cannot tell, INTERRUPTED.
 */
export async function outcomeOf(run: Run, journalled: JournalledStatement): Promise<Outcome> {
  const subject = await subjectOf(journalled.statement);
  switch (subject.kind) {
    case "createIndex":
      return (await builtIndex(run, subject.index)).state === "valid" ? "done" : "repeat";
    case "dropIndex":
      return (await isRelation(run, subject.index)) ? "repeat" : "done";
    case "addValue":
      return (await hasEnumValue(run, subject.type, subject.value)) ? "done" : "repeat";
    case "detach":
      return finishDetach(run, subject);
    case "reindex":
    case "repeatable":
      return "repeat";
    case "unknown":
      throw unknownOutcome(journalled);
  }
}

function unknownOutcome({ label, path, statement }: JournalledStatement): LockstepError {
  return new LockstepError(
    "UNKNOWN_OUTCOME",
    "A run ended in the middle of a statement, and nothing tells whether it took effect",
    {
      where: path,
      seen: statement.summary,
      next: `look at the database, then: lockstep resolve ${label} --applied --reason "..." if it took effect, lockstep resolve ${label} --rolled-back --reason "..." if not; then run the same command again`,
    },
  );
}

/** Whether a partition was detached; a detach that was begun is brought to its end. */
async function finishDetach(
  run: Run,
  { parent, partition }: Extract<Subject, { kind: "detach" }>,
): Promise<Outcome> {
  const found = await run.session.client.query<{ pending: boolean }>(
    `SELECT inhdetachpending AS pending FROM pg_inherits
     WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2)`,
    [parent, partition],
  );
  const row = found.rows[0];
  if (!row) return "done";
  if (!row.pending) return "repeat";
  await run.session.send(`ALTER TABLE ${parent} DETACH PARTITION ${partition} FINALIZE`);
  return "done";
}

async function isRelation(run: Run, name: string): Promise<boolean> {
  const found = await run.session.client.query<{ there: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS there",
    [name],
  );
  return found.rows[0]?.there === true;
}

async function hasEnumValue(run: Run, type: string, value: string): Promise<boolean> {
  const found = await run.session.client.query(
    "SELECT FROM pg_enum WHERE enumtypid = to_regtype($1) AND enumlabel = $2",
    [type, value],
  );
  return found.rowCount === 1;
}
