// The whole diagnosis: the table's entry, and what the catalogue adds to it on a connection of its own.
import type { DatabaseError } from "pg";
import { close, connect } from "../connect.ts";
import type { DatabaseTarget } from "../target.ts";
import { readSession, type Ask } from "./asked.ts";
import type { Question } from "./entry.ts";
import { errorFacts } from "./facts.ts";
import { askDependants } from "./questions/dependants.ts";
import { askElsewhere } from "./questions/elsewhere.ts";
import { askGrants } from "./questions/grants.ts";
import { askRows } from "./questions/rows.ts";
import { askDisk, askReadOnly, askSessions, askSettings } from "./questions/server.ts";
import { readStatement, statementFacts } from "./statement.ts";
import { diagnose, findEntry, tell, type Diagnosis } from "./table.ts";

/** How long one question may take, ms: it only reads catalogues. */
const LONGEST_QUESTION_MS = 5_000;

const QUESTIONS: Readonly<Record<Question, Ask>> = {
  statement: () => Promise.resolve({}),
  grants: askGrants,
  dependants: askDependants,
  rows: askRows,
  elsewhere: askElsewhere,
  readOnly: askReadOnly,
  disk: askDisk,
  sessions: askSessions,
  settings: askSettings,
};

/** A text that holds the statement that failed, at the offset `at` (UTF-16 units). */
export interface FailedText {
  readonly sql: string;
  readonly at: number;
}

/**
 * `diagnose` with what the catalogue adds: the GRANT to run, the dependants, where a missing object is. Where the server cannot
 * be asked any more, it is what the error's own fields tell.
 */
export async function diagnoseFully(
  target: DatabaseTarget,
  error: DatabaseError,
  text: FailedText | undefined,
): Promise<Diagnosis | undefined> {
  const entry = findEntry(error, errorFacts(error));
  if (!entry?.ask) return diagnose(error);
  try {
    return await ask(target, error, { question: QUESTIONS[entry.ask], text });
  } catch {
    // A second failure must not hide the first one.
    return diagnose(error);
  }
}

async function ask(
  target: DatabaseTarget,
  error: DatabaseError,
  { question, text }: { readonly question: Ask; readonly text: FailedText | undefined },
): Promise<Diagnosis | undefined> {
  const inner = error.internalQuery ? { sql: error.internalQuery, at: 0 } : text;
  const statement = inner && (await readStatement(inner.sql, inner.at));
  const client = await connect(target, { applicationName: "lockstep:diagnosis" });
  try {
    await client.query(`SET statement_timeout = ${String(LONGEST_QUESTION_MS)}`);
    const session = await readSession(client);
    const facts = {
      ...(statement && statementFacts(statement)),
      ...errorFacts(error),
      ...session.facts,
    };
    const { version } = session;
    const more = await question({ client, error, statement, facts, version });
    const all = { ...facts, ...more };
    const entry = findEntry(error, all);
    return entry && tell(entry, all);
  } finally {
    await close(client);
  }
}
