// Reads one SQL file: its text, the checksum of its bytes, or what is wrong with it.
import { readFileSync } from "node:fs";
import { sha256 } from "../sha256.ts";
import { decodeSql } from "./decodeSql.ts";
import type { Fault } from "./folderFaults.ts";
import type { SqlFile } from "./migration.ts";

/** Files open at a time: far below the usual limit of 1,024 descriptors. */
const CONCURRENT_READS = 32;

/** A file's text with the sha256 of its bytes, hex. */
export type Text = SqlFile & { readonly sum: string };

/** A file's text, or what is wrong with it. */
type Outcome = Text | { readonly fault: Pick<Fault, "kind" | "text"> };

/** Reads `file`; never throws. */
export function readText(file: string): Promise<Outcome> {
  return Promise.resolve(readNow(file));
}

function readNow(file: string): Outcome {
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

/** `work` for each of `items`, a few files at a time, in their order. */
export async function mapFiles<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const worker = async () => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: CONCURRENT_READS }, worker));
  return results;
}
