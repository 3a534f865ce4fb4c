// A draft in lines for people, and as a document.
import { formatError } from "../engine/errors/formatError.ts";
import type { DraftProof } from "../engine/sync/proveDraft.ts";
import type { SyncDraft } from "../engine/sync/sync.ts";
import { findingLines } from "./findings.ts";
import { plannedFile, plannedLines } from "./planView.ts";

/** Whether the draft does all that is wanted, and no rule refuses it. */
export function isWhole({ byHand, findings, proof }: SyncDraft): boolean {
  if (byHand.length > 0 || findings.some(({ severity }) => severity === "error")) return false;
  return proof !== undefined && isProven(proof);
}

function isProven({ upFails, downFails, differs, restoresNot }: DraftProof): boolean {
  return !upFails && !downFails && differs.length === 0 && restoresNot.length === 0;
}

/** What differs, the files, what is left to a person, and the proof. */
export function draftLines(
  draft: SyncDraft,
  { sql }: { readonly sql: boolean },
): readonly string[] {
  const { findings } = draft;
  const files = draft.files.map(({ migration }) => plannedFile(migration, { findings, sql }));
  const ofDowns = findings.filter(
    ({ severity, path }) => severity === "error" && !files.some((file) => file.path === path),
  );
  return [
    ...block(
      "the database's schema differs from its files' (copied by running them)",
      draft.copyDiffers,
    ),
    ...block(
      `differences (- is there, + is wanted), PostgreSQL ${draft.serverVersion}:`,
      draft.differences,
    ),
    ...(files.length > 0 ? ["draft:"] : []),
    ...files.flatMap((file, at) => plannedLines(file, at + 1)),
    ...ofDowns.flatMap((finding) => findingLines(finding)),
    ...block(
      "may be renames, taken as going and coming (lockstep sync asks):",
      draft.notRenamed.map(({ kind, before, after }) => `${kind} ${before} -> ${after}`),
    ),
    ...block("by hand, the draft does not hold these:", draft.byHand),
    ...(draft.proof ? proofLines(draft.proof) : []),
  ];
}

function block(head: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [head, ...lines.map((line) => `  ${line}`)];
}

function proofLines(proof: DraftProof): readonly string[] {
  const { upFails, downFails, differs, restoresNot, noWayBack, columnOrder } = proof;
  const fault = upFails ?? downFails;
  if (upFails)
    return [`not proven: ${upFails.file} does not run`, ...formatError(upFails.error).split("\n")];
  return [
    ...block("proven to end otherwise (- is wanted, + is made):", differs),
    ...(differs.length === 0
      ? [
          `proven: on a copy the files end in the wanted schema${columnOrder ? ", but for the order of columns" : ""}`,
        ]
      : []),
    ...(fault
      ? [`${fault.file}: its down file fails`, ...formatError(fault.error).split("\n")]
      : []),
    ...block("the down files do not restore:", restoresNot),
    ...(noWayBack.length > 0 ? [`no way back: ${noWayBack.join(", ")}`] : []),
  ];
}

/** The same for `--json`. */
export function draftDocument(draft: SyncDraft): Readonly<Record<string, unknown>> {
  const { findings, proof } = draft;
  const { files, ...rest } = draft;
  const fault = (one: DraftProof["upFails"]) =>
    one && { file: one.file, message: one.error.message, where: one.error.where ?? null };
  return {
    ...rest,
    whole: files.length > 0 && isWhole(draft),
    files: files.map(({ migration }) => plannedFile(migration, { findings, sql: true })),
    proof: proof
      ? {
          ...proof,
          upFails: fault(proof.upFails) ?? null,
          downFails: fault(proof.downFails) ?? null,
        }
      : null,
  };
}
