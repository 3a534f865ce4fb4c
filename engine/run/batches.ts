// Which small files of a first set-up go in one message.
import { DEFAULT_PACING } from "../locks/pacing.ts";
import type { Migration } from "../sources/migration.ts";
import { atOnce } from "./retryLocks.ts";

/** Files of one message: half of what a message of one file costs beside its statements is gone with ten. */
const MOST_FILES = 50;
/** Characters of their texts, so that a message stays far from what a server or a pooler takes at once. */
const MOST_LENGTH = 64 * 1024;

/**
 * The files from `start` on that can be sent together; none where there are fewer than two. An event trigger ends a batch: from it on
 * each file is sent by itself.
 */
export function batchAt(pending: readonly Migration[], start: number): readonly Migration[] {
  const batch: Migration[] = [];
  let length = 0;
  for (let index = start; index < pending.length && batch.length < MOST_FILES; index += 1) {
    const migration = pending[index];
    if (!migration || !isSmall(migration)) break;
    length += migration.body.length;
    if (length > MOST_LENGTH) break;
    batch.push(migration);
    if (makesEventTrigger(migration)) break;
  }
  return batch.length > 1 ? batch : [];
}

/** Whether the file makes one by its own text; what its data's code makes is found where it runs. */
export function makesEventTrigger({ statements }: Pick<Migration, "statements">): boolean {
  return statements.some(({ kind }) => kind === "CreateEventTrigStmt");
}

function isSmall(migration: Migration): boolean {
  const { transactional, backfill, verify, repeatable, stage, statements } = migration;
  // Before a contract file the rows are counted that are left to fill.
  if (!transactional || backfill || verify || repeatable || stage === "contract") return false;
  return atOnce(statements, DEFAULT_PACING) !== undefined;
}
