// The proof of a draft: on the copy it is taken up and back by the code that will run it, and the schemas are compared.
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import type { LockstepError } from "../errors/lockstepError.ts";
import { hasWayBack, type Pass } from "../rehearse/pass.ts";
import { describeDiff, diffSchemas } from "../schema/diff.ts";
import { readSnapshot, type SchemaSnapshot } from "../schema/snapshot.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";

/** How the proof went. */
export interface DraftProof {
  /** A file that does not run; nothing after it was tried. */
  readonly upFails?: DraftFault;
  /** What is not as wanted after all files, a line an object. */
  readonly differs: readonly string[];
  /** Whether only the order of columns is another. */
  readonly columnOrder: boolean;
  readonly downFails?: DraftFault;
  /** What the down files do not restore, a line an object. */
  readonly restoresNot: readonly string[];
  /** Files without a way back: at the last of them the way down ended. */
  readonly noWayBack: readonly string[];
}

/** A file that failed. */
interface DraftFault {
  readonly file: string;
  readonly error: LockstepError;
}

/** What the draft begins with and has to end in. */
export interface ProofRequest {
  readonly before: SchemaSnapshot;
  readonly wanted: SchemaSnapshot;
  readonly ignore: readonly string[];
}

/** A database's schema, roles and tablespaces aside. */
export async function snapshotOf(target: DatabaseTarget): Promise<SchemaSnapshot> {
  return withConnection(target, { applicationName: "lockstep:sync" }, (client) =>
    readSnapshot(client),
  );
}

/** Takes `files` up and down in the database of `pass`. What a file itself did wrong is returned, all else thrown. */
export async function proveDraft(
  pass: Pass,
  files: readonly Migration[],
  { before, wanted, ignore }: ProofRequest,
): Promise<DraftProof> {
  const options = { withoutOwners: true, ignore };
  const open = { differs: [], columnOrder: false, restoresNot: [], noWayBack: [] };
  for (const file of files) {
    const error = await pass.up(file);
    if (error) return { ...open, upFails: { file: fileId(file), error } };
  }
  const end = diffSchemas(wanted, await snapshotOf(pass.target), options);
  const reached = {
    ...open,
    differs: end.grade === "different" ? describeDiff(end) : [],
    columnOrder: end.grade === "columnOrder",
  };
  const stays = files.filter((file) => !hasWayBack(file));
  const last = files.findLastIndex((file) => !hasWayBack(file));
  for (const file of files.slice(last + 1).toReversed()) {
    const error = await pass.down(file);
    if (error) return { ...reached, downFails: { file: fileId(file), error } };
  }
  const back = diffSchemas(before, await snapshotOf(pass.target), options);
  const isWhole = stays.length === 0;
  return {
    ...reached,
    restoresNot: isWhole && back.grade === "different" ? describeDiff(back) : [],
    noWayBack: stays.map(fileId),
  };
}
