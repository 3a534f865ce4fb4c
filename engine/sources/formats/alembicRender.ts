// Alembic's offline SQL, cut into revisions and freed of Alembic's own bookkeeping.
import { runAlembic, type Revision } from "./alembicRevisions.ts";

/** What Alembic prints for one revision. */
export interface Rendered {
  readonly sql: string;
  /** It ends the transaction in between (an autocommit block). */
  readonly outsideTransaction: boolean;
}

/** The statement on Alembic's table that closes each revision. */
const BOOKKEEPING = /^(INSERT INTO|UPDATE|DELETE FROM) .*\bversion_num\b.*;$/;
const TRANSACTION = /^(BEGIN|COMMIT);$/;

/**
 * Renders the whole chain in one call. A revision whose Python needs a database (it reads rows, say)
 * fails that call; it is left out, and the next call begins behind it.
 */
export async function renderAll(
  ini: string,
  direction: "upgrade" | "downgrade",
  chain: readonly Revision[],
): Promise<ReadonlyMap<string, Rendered>> {
  const rendered = new Map<string, Rendered>();
  const ids = chain.map(({ id }) => id);
  const steps = direction === "upgrade" ? ids : ids.toReversed();
  const before = (id: string) => ids[ids.indexOf(id) - 1] ?? "base";
  const end = direction === "upgrade" ? (ids.at(-1) ?? "base") : "base";
  let at = 0;
  while (at < steps.length) {
    const first = steps[at] ?? "";
    const start = direction === "upgrade" ? before(first) : first;
    const { failed, stdout } = await runAlembic(ini, [direction, `${start}:${end}`, "--sql"]);
    const sections = stdout.split(/^-- Running (?:upgrade|downgrade) .*$/m).slice(1);
    const complete = sections.map(readSection);
    const reached = failed
      ? complete.findIndex((section) => section === undefined)
      : complete.length;
    const count = reached < 0 ? complete.length : reached;
    for (const [offset, section] of complete.slice(0, count).entries()) {
      const id = steps[at + offset];
      if (id !== undefined && section) rendered.set(id, section);
    }
    // Behind the one that failed, if one did.
    at += count + (failed ? 1 : 0);
    if (!failed) break;
  }
  return rendered;
}

/** Undefined where the section has no closing statement: Alembic failed within it. */
function readSection(text: string): Rendered | undefined {
  const lines = text.split("\n");
  const closing = lines.findLastIndex((line) => BOOKKEEPING.test(line.trim()));
  if (closing < 0) return undefined;
  const own = lines.slice(0, closing);
  return {
    sql: own
      .map((line) => (TRANSACTION.test(line.trim()) ? "" : line))
      .join("\n")
      .trim(),
    outsideTransaction: own.some((line) => TRANSACTION.test(line.trim())),
  };
}
