// The last lines of a log file, for error messages.
import { open } from "node:fs/promises";
import { isMissing } from "./privateFile.ts";

const MAX_BYTES = 16 * 1024;

/** Which part of a log to show. */
export interface TailOptions {
  /** Byte where the part of interest begins: what was logged before is left out. @default 0 */
  readonly offset?: number;
  /** @default 12 */
  readonly maxLines?: number;
}

/** The last lines of the file at `path`; an empty string if there is no such file or nothing in it. */
export async function tailOf(path: string, options: TailOptions = {}): Promise<string> {
  const { offset = 0, maxLines = 12 } = options;
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const from = Math.max(offset, size - MAX_BYTES);
      const length = Math.max(0, size - from);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, from);
      const lines = buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n");
      return lines.slice(-maxLines).join("\n");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}
