// Reads `-- lockstep: key=value` comments, by which a file says what its SQL cannot.
import { DEFAULT_FIRST_ROWS } from "../backfill/pace.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { BackfillDirective, Stage } from "../sources/migration.ts";
import { formatWhere, snippet } from "../sql/locate.ts";
import type { Comment } from "../sql/parse.ts";
import { isIgnore } from "./ignores.ts";

/** What the comments at a file's head say. */
export interface Directives {
  readonly stage: { readonly value: Stage; readonly reason: string } | undefined;
  readonly backfill:
    (BackfillDirective & { readonly remainingOffset: number; readonly offset: number }) | undefined;
}

/** A file's text, and where its head ends. */
export interface DirectiveSource {
  readonly path: string;
  readonly text: string;
  readonly comments: readonly Comment[];
  /** Offset of the first statement: directives stand before it. */
  readonly headEnd: number;
}

/** Beyond this a batch is no batch any more. */
const MAX_BATCH = 1_000_000;

const KNOWN =
  'stage=expand|contract reason="why", backfill table=NAME key=COLUMN batch=ROWS target=200ms sync="why no trigger" remaining=QUERY';

/** Whether a text may hold a directive: cheap, to spare most files the scan. */
export function mayHoldDirective(text: string): boolean {
  return /lockstep\s*:/i.test(text);
}

/**
 * The directives of a file.
 * @throws LockstepError `MIGRATION_FILES`, with place and the known forms, for one that is unknown, incomplete, doubled
 * or below the first statement.
 */
export function parseDirectives(source: DirectiveSource): Directives {
  let stage: Directives["stage"];
  let backfill: Directives["backfill"];
  for (const { body, offset } of findDirectives(source)) {
    const fail = (message: string, at = offset) => refuse(source, at, message);
    const values = parsePairs(body, offset, fail);
    if (values.has("backfill")) {
      if (backfill) fail("a second backfill directive; a file holds one backfill");
      backfill = { ...toBackfill(values, fail), offset };
    } else {
      if (stage) fail("a second stage directive; a file has one stage");
      stage = toStage(values, fail);
    }
  }
  return { stage, backfill };
}

interface Found {
  readonly body: string;
  readonly offset: number;
}

function findDirectives(source: DirectiveSource): Found[] {
  return source.comments.flatMap((comment) => {
    const mark = /^(--|\/\*)\s*lockstep\s*:\s*/i.exec(comment.text);
    if (!mark || isIgnore(comment.text.slice(mark[0].length))) return [];
    if (mark[1] === "/*") {
      refuse(source, comment.offset, "a directive in a block comment; begin its line with --");
    }
    if (comment.offset > source.headEnd) {
      refuse(
        source,
        comment.offset,
        "a directive below the first statement; move it to the file's head",
      );
    }
    const body = comment.text.slice(mark[0].length).trimEnd();
    return [{ body, offset: comment.offset + mark[0].length }];
  });
}

type Fail = (message: string, at?: number) => never;

interface Value {
  readonly text: string;
  readonly offset: number;
}

const KEYS: ReadonlySet<string> = new Set([
  ...["stage", "reason", "backfill", "table", "key", "batch", "target", "sync", "remaining"],
]);
/** A key with `=` and its value: a query to the end of the line, names with quotes kept, a quoted text, or a word. */
const PAIR =
  /\s*(?:(remaining)=\s*(.*)|(table|key)=((?:"(?:[^"]|"")+"|[^\s"])+)|(\w+)=(?:"([^"]*)"|'([^']*)'|([^\s"']\S*|(?=\s|$)))|(\w+)(?=\s|$))/y;

function parsePairs(body: string, offset: number, fail: Fail): Map<string, Value> {
  const values = new Map<string, Value>();
  PAIR.lastIndex = 0;
  let at = 0;
  while (body.slice(at).trim() !== "") {
    PAIR.lastIndex = at;
    const found = PAIR.exec(body);
    if (!found) return fail(`cannot read "${body.slice(at).trim()}" as key=value`, offset + at);
    const key = found[1] ?? found[3] ?? found[5] ?? found[9] ?? "";
    const text = found[2] ?? found[4] ?? found[6] ?? found[7] ?? found[8] ?? "";
    const end = PAIR.lastIndex;
    if (!KEYS.has(key)) fail(`unknown directive "${key}"`, offset + at);
    if (values.has(key)) fail(`"${key}" stands twice`, offset + at);
    values.set(key, { text: text.trim(), offset: offset + end - text.length });
    at = end;
  }
  if (values.size === 0) fail("a directive that says nothing");
  return values;
}

function toStage(values: Map<string, Value>, fail: Fail): Directives["stage"] {
  ensureOnly(values, ["stage", "reason"], fail);
  const stage = values.get("stage");
  if (stage?.text !== "expand" && stage?.text !== "contract") {
    return fail(`stage must be expand or contract, not "${stage?.text ?? ""}"`, stage?.offset);
  }
  const reason = values.get("reason")?.text ?? "";
  if (reason === "") fail('a stage that overrides the SQL needs its reason="..."');
  return { value: stage.text, reason };
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const TABLE = new RegExp(`^${NAME}(?:\\.${NAME})?$`);
const COLUMNS = new RegExp(`^${NAME}(?:,${NAME})*$`);

function toBackfill(
  values: Map<string, Value>,
  fail: Fail,
): BackfillDirective & { readonly remainingOffset: number } {
  const known = ["backfill", "table", "key", "batch", "target", "sync", "remaining"];
  ensureOnly(values, known, fail);
  const need = (key: string, form: RegExp, example: string): string => {
    const value = values.get(key);
    if (!value || !form.test(value.text)) {
      return fail(`backfill needs ${key}=${example}, not "${value?.text ?? ""}"`, value?.offset);
    }
    return value.text;
  };
  const remaining = values.get("remaining");
  if (!remaining?.text) {
    return fail("backfill needs remaining=QUERY, a query that counts the rows still to fill");
  }
  const batch = values.get("batch");
  const rows = batch ? Number(batch.text) : DEFAULT_FIRST_ROWS;
  if (!Number.isInteger(rows) || rows < 1 || rows > MAX_BATCH) {
    fail(`batch must be 1 to ${MAX_BATCH} rows, not "${batch?.text ?? ""}"`, batch?.offset);
  }
  const sync = values.get("sync");
  if (sync?.text === "")
    fail('sync="..." says in words what keeps old and new in step', sync.offset);
  return {
    table: need("table", TABLE, "NAME or SCHEMA.NAME"),
    key: need("key", COLUMNS, "COLUMN or COLUMN,COLUMN"),
    batch: rows,
    ...toTarget(values.get("target"), fail),
    ...(sync && { sync: sync.text }),
    remaining: remaining.text.replace(/;\s*$/, ""),
    remainingOffset: remaining.offset,
  };
}

/** The longest time that a batch may aim at, ms: beyond it is no batch any more. */
const MOST_TARGET_MS = 60_000;

function toTarget(target: Value | undefined, fail: Fail): Pick<BackfillDirective, "targetMs"> {
  if (!target) return {};
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(target.text) ?? [];
  const targetMs = Math.round(Number(digits) * (unit === "s" ? 1_000 : 1));
  if (!(targetMs >= 1 && targetMs <= MOST_TARGET_MS)) {
    return fail(`target must be 1ms to 60s, such as 200ms, not "${target.text}"`, target.offset);
  }
  return { targetMs };
}

function ensureOnly(values: Map<string, Value>, allowed: readonly string[], fail: Fail): void {
  for (const [key, { offset }] of values) {
    if (!allowed.includes(key)) fail(`"${key}" does not go with ${allowed[0] ?? ""}`, offset);
  }
}

/** Throws the error for a directive; also for what only its caller can check. */
export function refuse(
  source: { readonly path: string; readonly text: string },
  offset: number,
  message: string,
): never {
  throw new LockstepError("MIGRATION_FILES", message, {
    where: formatWhere(source.path, source.text, offset),
    seen: snippet(source.text, offset),
    next: `write it as one of: ${KNOWN}`,
  });
}
