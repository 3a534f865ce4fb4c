// Reads one SQL file: its text, the checksum of its bytes, or what is wrong with it.
import { readFileSync } from "node:fs";
import path from "node:path";
import { sha256 } from "../sha256.ts";
import { decodeSql } from "./decodeSql.ts";
import type { Fault } from "./folderFaults.ts";
import type { Folder } from "./formats/format.ts";
import type { SqlFile } from "./migration.ts";

/** A file's text with the sha256 of its bytes, hex. */
export type Text = SqlFile & { readonly sum: string };

/** A file's text, or what is wrong with it. */
type Outcome = Text | { readonly fault: Pick<Fault, "kind" | "text"> };

/** Reads `file`; never throws. */
export function readText(file: string): Outcome {
  let bytes: Buffer;
  try {
    // For small files half of what handing each step to a thread and back costs, however many wait at a time.
    bytes = readFileSync(file);
  } catch (error) {
    return { fault: { kind: "unreadable", text: unreadable(errorCode(error)) } };
  }
  const decoded = decodeSql(bytes);
  if ("fault" in decoded) return { fault: { kind: "encoding", text: decoded.fault } };
  const sum = sha256(bytes);
  return { path: file, sql: decoded.text, sum };
}

function unreadable(code: string): string {
  if (code === "ELOOP") return "is a symbolic link that leads back to itself; remove it";
  if (code === "ENOENT") return "is a symbolic link to nothing; restore what it names or remove it";
  if (code === "EACCES") return "cannot be read by this user; give it read permission";
  if (code === "EISDIR") return "is a folder; rename it";
  return `cannot be read (${code})`;
}

/** The code of a system error (`ENOENT`), or what else was thrown, as text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** The text of a file that belongs to a migration; undefined where there is none, or it cannot be read. */
export function readCompanion(folder: Folder, file: string | undefined): SqlFile | undefined {
  if (file === undefined || !folder.files.includes(file)) return undefined;
  const text = readText(path.join(folder.dir, file));
  return "fault" in text ? undefined : { path: text.path, sql: text.sql };
}
