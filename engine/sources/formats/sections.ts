// Files with several sections: one section's text, at the place where it stands in the file.
import { createHash } from "node:crypto";
import type { Text } from "../readText.ts";

/** A part of a text: from `start` up to `end`, in UTF-16 units. */
export interface Section {
  readonly start: number;
  readonly end: number;
}

/** `text` with all but `sections` blanked: line and column of what is left stay what they are. */
export function keepSections(text: string, sections: readonly Section[]): string {
  let kept = "";
  let at = 0;
  for (const { start, end } of sections) {
    kept += blank(text.slice(at, start)) + text.slice(start, end);
    at = end;
  }
  return (kept + blank(text.slice(at))).trimEnd();
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

/**
 * sha256, hex, of the up sections alone, so that a down section may be mended after the file was
 * applied, as a down file may.
 */
export function sectionChecksum(text: Text, sections: readonly Section[]): string {
  const hash = createHash("sha256");
  for (const { start, end } of sections) hash.update(text.sql.slice(start, end).trim() + "\n");
  return hash.digest("hex");
}
