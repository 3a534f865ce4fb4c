// The table of docs/errors.md as the diagnosis has it: to compare with, and to paste.
import {
  CONNECTION_ENTRIES,
  OTHER_CONNECTION_ENTRIES,
} from "../../../../../../engine/drivers/postgres/diagnosis/connection.ts";
import type {
  ConnectionEntry,
  Entry,
  Texts,
} from "../../../../../../engine/drivers/postgres/diagnosis/entry.ts";
import { STATEMENT_ENTRIES } from "../../../../../../engine/drivers/postgres/diagnosis/table.ts";

/** One line of the page for each entry: code, cause, remedy. */
export function diagnosisRows(entries: readonly (Entry | ConnectionEntry)[]): string[] {
  return entries.map((entry) => {
    const { codes, likely, next } = entry;
    const failed = "message" in entry ? `${cell(entry.message)}: ` : "";
    return `| ${codes.length > 0 ? codes.join(", ") : "-"} | ${failed}${cell(likely)} | ${cell(next)} |`;
  });
}

/** The entries of connections, then those of statements. */
export const ALL_ENTRIES: readonly (Entry | ConnectionEntry)[] = [
  ...CONNECTION_ENTRIES,
  ...Object.values(OTHER_CONNECTION_ENTRIES),
  ...STATEMENT_ENTRIES,
];

/** The most telling text; what is put in stands there in angle brackets. */
function cell(texts: Texts): string {
  const first = typeof texts === "string" ? texts : texts[0];
  return first
    .replace(/\{(\w+)\}/g, "`<$1>`")
    .replace(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|");
}
