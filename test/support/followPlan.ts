// Follows what a server logged along a plan: byte for byte but for placeholders, and reading queries aside.
import assert from "node:assert/strict";
import { PLANNED_RESET } from "../../engine/plan/planFile.ts";
import { AT_RUN_TIME, type MessageGroup } from "../../engine/plan/plannedMessage.ts";
import { rollBackSql } from "../../engine/run/fileSql.ts";
import { parseSql } from "../../engine/sql/parse.ts";

/** What each placeholder may stand for. */
const FORMS: Readonly<Record<keyof typeof AT_RUN_TIME, string>> = {
  token: "\\d+",
  lockTimeout: "\\d+",
  locks: "(?: LOCK TABLE ONLY [\\w.]+ IN [A-Z ]+ MODE;)*",
  release: "(?:NULL|'[0-9a-f]{64}')",
  settings:
    "(?:SET \"\\w+\" = '[^']*';| |SELECT pg_catalog.set_config\\('search_path', '[^']*', false\\);)*",
  position: "'\\[[^']*\\]'",
  rowsDone: "\\d+",
  range: "(?:WHERE [^;]*?)?",
  batchRows: "\\d+",
  batchOffset: "\\d+",
  batchLimit: "\\d+",
  invalidIndex: "[\\w.]+",
  initialThrough: "'\\{[^']*\\}'",
  schema: "'(?:[^']|'')*'",
  backend: "\\d+",
  leaseTtl: "\\d+",
  leaseLockTimeout: "\\d+",
};

interface Node {
  readonly what: string;
  readonly form: RegExp;
  /** Where it may go on, as indexes; one behind the last is the end. */
  readonly next: readonly number[];
  /** Where it begins again after a miss: with itself, or with the first message of its group. */
  readonly again: readonly number[];
}

/** Fails at the first message that is neither next in `groups` nor a reading query, or where some are left out. */
export async function followPlan(
  groups: readonly MessageGroup[],
  sent: readonly string[],
): Promise<{ readonly matched: number; readonly looks: number }> {
  const { nodes, start } = nodesOf(groups);
  const rollback = formOf(rollBackSql(PLANNED_RESET));
  let open = start;
  let again = start;
  let matched = 0;
  let looks = 0;
  for (const sql of sent) {
    const hits = open.filter((index) => nodes[index]?.form.test(sql) === true);
    if (hits.length > 0) {
      open = [...new Set(hits.flatMap((index) => nodes[index]?.next ?? []))];
      again = hits.flatMap((index) => nodes[index]?.again ?? []);
      matched += 1;
    } else if (rollback.test(sql)) {
      // On a busy machine a lock or a time limit is missed now and then; the plan says that the message comes again.
      open = [...new Set(again)];
    } else if (await isLook(sql)) looks += 1;
    else {
      const expected = open.map((index) => nodes[index]?.what ?? "the end").join(" or ");
      const forms = open.map((index) => nodes[index]?.form.source ?? "").join("\n");
      assert.fail(`not in the plan here (expected ${expected}):\n${sql}\n---\n${forms}`);
    }
  }
  const left = open.map((index) => nodes[index]?.what);
  assert.ok(open.includes(nodes.length), `the plan goes on with ${left.join(" or ")}`);
  return { matched, looks };
}

/** A chain with ways past what may be left out, and back to where a repeated group begins. */
function nodesOf(groups: readonly MessageGroup[]) {
  const flat = groups.flatMap(({ what, messages }) =>
    messages.map((message) => ({ ...message, what: `${what}: ${message.what}` })),
  );
  const jumps = new Map<number, number[]>();
  const jump = (from: number, to: number) => jumps.set(from, [...(jumps.get(from) ?? []), to]);
  let at = 0;
  const backs = new Map<number, number>();
  const starts: number[] = [];
  for (const { times, messages } of groups) {
    for (const [nth, { perhaps }] of messages.entries())
      if (perhaps !== undefined) jump(at + nth, at + nth + 1);
    starts.push(...messages.map(() => at));
    if (times !== "once") jump(at, at + messages.length);
    if (times === "many") backs.set(at + messages.length - 1, at);
    at += messages.length;
  }
  const reach = (from: number, seen = new Set<number>()): readonly number[] => {
    if (seen.has(from)) return [];
    seen.add(from);
    return [from, ...(jumps.get(from) ?? []).flatMap((to) => reach(to, seen))];
  };
  const nodes = flat.map(({ what, sql }, index): Node => {
    const back = backs.get(index);
    const next = [...reach(index + 1), ...(back === undefined ? [] : reach(back))];
    const again = [...reach(index), ...reach(starts[index] ?? index)];
    return { what, form: formOf(sql), next, again };
  });
  return { nodes, start: reach(0) };
}

function formOf(sql: string): RegExp {
  let form = sql.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  for (const [key, { placeholder }] of Object.entries(AT_RUN_TIME))
    form = form.replaceAll(`<${placeholder}>`, FORMS[key as keyof typeof FORMS]);
  return new RegExp(`^${form}$`);
}

/** Statements that read, and call nothing that does more. */
export async function isLook(sql: string): Promise<boolean> {
  const statements = await parseSql(sql, "log").catch(() => []);
  const calls = /set_config|nextval|assert_lease|relink|pg_terminate|pg_cancel|advisory/i.test(sql);
  return statements.length > 0 && !calls && statements.every(({ node }) => reads(node));
}

function reads(node: object): boolean {
  if (!("SelectStmt" in node) && !("ExplainStmt" in node)) return false;
  // EXPLAIN ANALYZE would run it.
  return !/"(?:intoClause|lockingClause|analyze|InsertStmt|UpdateStmt|DeleteStmt|MergeStmt)"/.test(
    JSON.stringify(node),
  );
}
