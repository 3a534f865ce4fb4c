// A watch's screen: what is seen at one moment, the most pressing first.
import type { Look, SessionSeen } from "../engine/watch/look.ts";
import { countWaiters, planWaitTrees, type WaitNode } from "../engine/watch/waitTree.ts";
import { shortTime } from "./duration.ts";
import type { Tone } from "./style.ts";
import { tableLines } from "./table.ts";
import {
  countHidden,
  describeFile,
  describeMark,
  describeNode,
  describeWork,
  ledgerLines,
  namePrepared,
  nameSession,
  describeState,
  planLong,
  quoted,
} from "./watchText.ts";

/** A line with its look. */
export interface ViewLine {
  readonly text: string;
  readonly tone?: Tone;
}

/** All lines of `look`; transactions count as long from `longS` on. */
export function viewLines(look: Look, longS: number): readonly ViewLine[] {
  return [
    ...plain(ledgerLines(look.ledger)),
    ...section("under way", plain(look.ledger.files.map(describeFile))),
    ...section("waiting for locks", waitLines(look)),
    ...section(`open for ${shortTime(longS)} or longer`, longLines(look, longS)),
    ...section("index builds and vacuums", plain(look.work.map(describeWork))),
    ...section(`sessions (${look.sessions.length})`, plain(sessionRows(look.sessions))),
    ...hiddenLines(look),
  ];
}

function plain(lines: readonly string[]): readonly ViewLine[] {
  return lines.map((text) => ({ text }));
}

function section(title: string, lines: readonly ViewLine[]): readonly ViewLine[] {
  if (lines.length === 0) return [];
  return [
    { text: "" },
    { text: title, tone: "quiet" },
    ...lines.map((line) => ({ ...line, text: `  ${line.text}` })),
  ];
}

function waitLines(look: Look): readonly ViewLine[] {
  return planWaitTrees(look).flatMap((root) => [
    {
      text: describeNode(root),
      tone: countWaiters(root) > 0 ? ("bad" as const) : ("warn" as const),
    },
    ...branches(root, ""),
  ]);
}

function branches({ blocks }: WaitNode, indent: string): readonly ViewLine[] {
  return blocks.flatMap((node, at) => {
    const isLast = at === blocks.length - 1;
    const line = {
      text: `${indent}${isLast ? "└─ " : "├─ "}${describeNode(node)}`,
      tone: "warn" as const,
    };
    return [line, ...branches(node, `${indent}${isLast ? "   " : "│  "}`)];
  });
}

function longLines(look: Look, longS: number): readonly ViewLine[] {
  return planLong(look, longS).map(({ forS, session, prepared }) => {
    const what = session
      ? `${[nameSession(session), describeMark(session.mark), describeState(session)].filter(Boolean).join(", ")}${quoted(session)}`
      : prepared
        ? namePrepared(prepared)
        : "";
    return { text: `${shortTime(forS)}  ${what}` };
  });
}

function sessionRows(sessions: readonly SessionSeen[]): readonly string[] {
  const rows = sessions.map((session) => [
    String(session.pid),
    session.user ?? "",
    session.application ?? "",
    describeState(session),
    session.waitEvent ?? "",
    describeMark(session.mark) ?? "",
    session.state === "idle" ? "" : quoted(session).slice(2),
  ]);
  return tableLines(rows, "");
}

function hiddenLines(look: Look): readonly ViewLine[] {
  const hidden = countHidden(look);
  if (hidden === 0) return [];
  const text = `states and queries of ${hidden} ${hidden === 1 ? "session" : "sessions"} of other roles are hidden: GRANT pg_read_all_stats TO this role shows them`;
  return [{ text: "" }, { text, tone: "quiet" }];
}
