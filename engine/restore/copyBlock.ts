// One table's rows out of a dump's SQL, on their way into a table of another name.
import { Transform } from "node:stream";
import { escapeIdentifier } from "pg";

/** A table by its two names, unquoted. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** What a dump says before a table's rows. */
export interface CopyHead extends TableName {
  /** Unquoted, in the order of the rows' values. */
  readonly columns: readonly string[];
}

const IDENTIFIER = /"(?:[^"]|"")*"|[^\s".,()]+/y;
const LINE_FEED = 10;
/** A line that begins rows is shorter, bytes. */
const LONGEST_HEAD = 256 * 1024;
const END = Buffer.from("\\.\n");

/** Reads `COPY public.customers (id, "First name") FROM stdin;`; undefined for any other line. */
function parseCopyHead(line: string): CopyHead | undefined {
  const found = /^COPY (.+?)(?: \((.*)\))? FROM stdin;\s*$/i.exec(line);
  if (!found) return undefined;
  const [first, second, ...more] = readIdentifiers(found[1] ?? "", ".");
  if (first === undefined || more.length > 0) return undefined;
  const name =
    second === undefined ? { schema: "public", table: first } : { schema: first, table: second };
  return { ...name, columns: readIdentifiers(found[2] ?? "", ",") };
}

/** The same with another table's name, as a line. */
export function copyHeadFor(head: CopyHead, into: TableName): string {
  const columns = head.columns.map((column) => escapeIdentifier(column)).join(", ");
  return `COPY ${quoted(into)} (${columns}) FROM stdin;\n`;
}

/** `"schema"."table"`. */
export function quoted({ schema, table }: TableName): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

/** What is wanted of a dump. */
export interface Extraction {
  readonly wanted: TableName;
  /** SQL that goes before the rows, and their COPY; called once, when they are met. */
  readonly begin: (head: CopyHead) => string;
  /** SQL that goes behind them. */
  readonly end: string;
}

/** Drops all of a dump but the rows of the wanted table. `rows` is how many passed, undefined where there was no such table. */
export function extractTable(
  extraction: Extraction,
): Transform & { readonly found: { rows?: number } } {
  const found: { rows?: number } = {};
  let rest: Buffer[] = [];
  let state: "outside" | "wanted" | "other" = "outside";
  const take = (line: Buffer): Buffer | undefined => {
    if (state !== "outside") {
      const was = state;
      if (line.equals(END) || line.equals(Buffer.from("\\.\r\n"))) {
        state = "outside";
        return was === "wanted" ? Buffer.concat([END, Buffer.from(extraction.end)]) : undefined;
      }
      if (was === "other") return undefined;
      found.rows = (found.rows ?? 0) + 1;
      return line;
    }
    const isShort = line.length <= LONGEST_HEAD && /^copy /i.test(line.toString("latin1", 0, 5));
    const head = isShort ? parseCopyHead(line.toString("utf8").trimEnd()) : undefined;
    if (head === undefined) return undefined;
    const { wanted } = extraction;
    state = head.schema === wanted.schema && head.table === wanted.table ? "wanted" : "other";
    if (state === "other" || found.rows !== undefined) return undefined;
    found.rows = 0;
    return Buffer.from(extraction.begin(head));
  };
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      let from = 0;
      const out: Buffer[] = [];
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
        const part = chunk.subarray(from, at + 1);
        const taken = take(rest.length > 0 ? Buffer.concat([...rest, part]) : part);
        if (taken) out.push(taken);
        rest = [];
        from = at + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
      done(null, out.length > 0 ? Buffer.concat(out) : undefined);
    },
    flush(done) {
      done(state === "wanted" ? new Error("the dump ends within the table's rows") : null);
    },
  });
  return Object.assign(stream, { found });
}

function readIdentifiers(text: string, separator: string): string[] {
  const names: string[] = [];
  let at = 0;
  while (at < text.length) {
    IDENTIFIER.lastIndex = at;
    const [name] = IDENTIFIER.exec(text) ?? [];
    if (name === undefined) return [];
    names.push(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
    at += name.length;
    while (at < text.length && (text[at] === separator || text[at] === " ")) at += 1;
  }
  return names;
}
