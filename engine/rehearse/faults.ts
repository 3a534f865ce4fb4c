// What is said of a file: a statement that the server refused, and what can be told without running it.
import type { LockstepError } from "../errors/lockstepError.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { hasWayBack } from "./pass.ts";
import type { RehearsalFinding, RehearsalRule } from "./result.ts";

/** An error with what the server said. */
export function fileFault(
  rule: RehearsalRule,
  fault: LockstepError,
  message: string,
): RehearsalFinding {
  return {
    ...{ rule, severity: "error", where: fault.where ?? "", message },
    details: [
      fault.message,
      ...(fault.seen ? fault.seen.split("\n") : []),
      ...(fault.likely ? [`cause: ${fault.likely}`] : []),
    ],
  };
}

/** What the files' texts tell of their way back and of their transactions. */
export function readFiles(files: readonly Migration[]): readonly RehearsalFinding[] {
  return files.flatMap((file) => [...wayBack(file), ...ownTransaction(file)]);
}

function wayBack(file: Migration): readonly RehearsalFinding[] {
  const warn = (rule: RehearsalRule, where: string, message: string): RehearsalFinding[] => [
    { rule, severity: "warning", where, message, details: [] },
  ];
  if (!hasWayBack(file)) {
    const why = file.down ? "its down file holds only comments" : "it has no down file";
    return warn(
      "no-way-back",
      file.down?.path ?? file.path,
      `${fileId(file)} has no way back: ${why}`,
    );
  }
  const lost = file.statements.filter(({ irreversible }) => irreversible);
  if (lost.length === 0) return [];
  const what = lost.map(({ summary }) => summary).join(", ");
  return warn(
    "data-not-restored",
    file.down?.path ?? file.path,
    `${fileId(file)} ${what}: its down file brings back no data, only a backup does`,
  );
}

function ownTransaction(file: Migration): readonly RehearsalFinding[] {
  if (file.body === file.sql) return [];
  return [
    {
      rule: "own-transaction",
      severity: "warning",
      where: file.path,
      message: `${fileId(file)} has a BEGIN and a COMMIT of its own: they are left out, lockstep's transaction is around it`,
      details: [],
    },
  ];
}
