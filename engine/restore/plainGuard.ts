// Plain SQL on its way to psql: its own commands that lead out of the database are refused, rows pass as they are.
import { Transform } from "node:stream";
import { LockstepError } from "../errors/lockstepError.ts";

/** psql's commands that pg_dump writes and that stay where they are. */
const HARMLESS = /^\\(restrict|unrestrict)\b/;
/** Begins rows, up to a line with `\.` alone. */
const COPY = /^COPY .* FROM stdin\b.*;\s*$/i;
const LINE_FEED = 10;
const BACKSLASH = 92;
const FIRST_LETTERS: ReadonlySet<number> = new Set(Buffer.from("CcDd"));
/** A line of a plain dump that is a statement or a command is shorter; longer ones are not looked at, bytes. */
const LONGEST_LOOKED_AT = 64 * 1024;

/**
 * Passes a dump on. `pg_dump --create` and pg_dumpall write commands that make and enter other databases; a restore into a
 * database of its own must not follow them. The stream fails with BACKUP_FAILED and the line's number at the first one.
 */
export function guardPlain(where: string): Transform {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let inRows = false;
  let number = 0;
  const look = (line: Buffer): LockstepError | undefined => {
    number += 1;
    if (inRows) {
      inRows = !isEndOfRows(line);
      return undefined;
    }
    if (line.length > LONGEST_LOOKED_AT) return undefined;
    if (line[0] === BACKSLASH) {
      const text = line.toString("utf8");
      return HARMLESS.test(text) ? undefined : refused(where, number, text);
    }
    // COPY, CREATE DATABASE, DROP DATABASE, in either case.
    const text = FIRST_LETTERS.has(line[0] ?? 0) ? line.toString("utf8") : "";
    if (/^(CREATE|DROP) DATABASE\b/i.test(text)) return refused(where, number, text);
    inRows = COPY.test(text);
    return undefined;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let from = 0;
      for (;;) {
        const at = chunk.indexOf(LINE_FEED, from);
        if (at < 0) break;
        const part = chunk.subarray(from, at);
        const fault = look(restBytes > 0 ? Buffer.concat([...rest, part]) : part);
        if (fault) {
          done(fault);
          return;
        }
        [rest, restBytes] = [[], 0];
        from = at + 1;
      }
      const open = chunk.subarray(from);
      rest.push(open);
      restBytes += open.length;
      done(null, chunk);
    },
    flush(done) {
      done(restBytes > 0 ? look(Buffer.concat(rest)) : null);
    },
  });
}

function isEndOfRows(line: Buffer): boolean {
  const text = line.length <= 3 ? line.toString("utf8").trimEnd() : "";
  return text === "\\.";
}

function refused(where: string, line: number, text: string): LockstepError {
  return new LockstepError(
    "BACKUP_FAILED",
    "This dump leads out of the database it is restored into",
    {
      where: `${where}, line ${String(line)}`,
      seen: text.slice(0, 120),
      likely: "it was made with pg_dump --create or pg_dumpall, or written by hand for psql",
      next: "take that line out (zcat, sed), or restore it by hand: psql -f FILE",
    },
  );
}
