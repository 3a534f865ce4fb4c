// What a watch sees, part by part, in words.
import type {
  FileWork,
  LedgerSeen,
  LockWait,
  Look,
  Mark,
  PreparedSeen,
  ServerWork,
  SessionSeen,
} from "../engine/watch/look.ts";
import type { WaitNode } from "../engine/watch/waitTree.ts";
import { shortTime } from "./duration.ts";
import { formatTime } from "./terminal.ts";

/** A heartbeat may be this late before it is worth a word, s. */
const SILENT_S = 5;

/** `lease`, `release`: a line each. */
export function ledgerLines({ state, lease, release }: LedgerSeen): readonly string[] {
  if (state === "none") return ["no ledger yet: nothing was applied here by lockstep"];
  if (state === "unreadable") return ["the ledger is not readable for this role"];
  const silent =
    lease && lease.silentForS >= SILENT_S
      ? `; its heartbeat has stood still for ${shortTime(lease.silentForS)}`
      : "";
  return [
    lease
      ? `lease    ${lease.holder} since ${formatTime(lease.since)}: ${lease.doing}${silent}`
      : "lease    free",
    `release  ${release === null ? "none under way" : `${release} is under way`}`,
  ];
}

/** `04_backfill: 20,000 rows, 5,000 rows/s, up to 20000` */
export function describeFile({ file, statementsDone, backfill }: FileWork): string {
  if (backfill === null) return `${file}: ${count(statementsDone ?? 0, "statement")} done`;
  const { rows, rowsPerS, position } = backfill;
  const parts = [
    count(rows, "row"),
    rowsPerS === null ? null : `${rowsPerS.toLocaleString("en")} rows/s`,
    position === null ? null : `up to ${position.join(", ")}`,
  ];
  return `${file}: ${parts.filter(Boolean).join(", ")}`;
}

/** `pid 12, CREATE INDEX, public.things things_n: building index, 40 of 100 blocks (40 %)` */
export function describeWork(work: ServerWork): string {
  const { pid, command, relation, index, phase, done, total, unit, behindPid } = work;
  const share =
    done === null || total === null
      ? null
      : `${done.toLocaleString("en")} of ${total.toLocaleString("en")} ${unit} (${percentOf(work)} %)`;
  const behind = behindPid === null ? null : `behind pid ${behindPid}`;
  const what = [command, relation, index === relation ? null : index].filter(Boolean).join(" ");
  const how = [phase ?? "hidden from this role", share, behind].filter(Boolean).join(", ");
  return `pid ${pid} ${what}: ${how}`;
}

/** How far it is, in whole percent; 0 where nothing tells. */
export function percentOf({ done, total }: ServerWork): number {
  return done === null || total === null ? 0 : Math.min(100, Math.floor((done / total) * 100));
}

/** `pid 12 (app, shop-web)`, `prepared transaction 'x'` */
export function nameSession({ pid, user, application }: SessionSeen): string {
  const who = [user, application].filter((part) => part !== null).join(", ");
  return `pid ${pid}${who === "" ? "" : ` (${who})`}`;
}

/** `prepared transaction x (app)` */
export function namePrepared({ gid, user }: PreparedSeen): string {
  return `prepared transaction ${gid}${user === "" ? "" : ` (${user})`}`;
}

/** What it is to lockstep: `runs expand: 03_add`, `app of 1.1-3f9c` */
export function describeMark(mark: Mark | null): string | null {
  if (mark === null) return null;
  const { what, release, step } = mark;
  if (what === "app") return `app of ${release ?? "?"}`;
  if (what === "leftover") return "left behind by a runner that is gone";
  if (what === "lockstep") return `lockstep's ${step ?? ""}`;
  return `runs ${step ?? ""}${release === null ? "" : `, release ${release}`}`;
}

/** `waits 3 s for AccessShareLock on public.things` */
function describeWait({ mode, on, forS }: LockWait): string {
  return `waits ${forS === null ? "" : `${shortTime(forS)} `}for ${mode} on ${on}`;
}

/** `idle in transaction for 12 s`, `active for 3 s` */
export function describeState({ state, stateForS, kind }: SessionSeen): string {
  if (state === null) return kind === null || kind === "client backend" ? "state hidden" : kind;
  return `${state}${stateForS === null ? "" : ` for ${shortTime(stateForS)}`}`;
}

/** A node of a tree of waits, without those below it. */
export function describeNode(node: WaitNode): string {
  const { session, prepared, pid, waitsFor, again } = node;
  if (prepared) return `${namePrepared(prepared)}, open for ${shortTime(prepared.forS)}`;
  if (!session) return `pid ${pid ?? "?"}, gone or hidden`;
  const doing = waitsFor ? describeWait(waitsFor) : describeState(session);
  const head = [nameSession(session), describeMark(session.mark), doing].filter(Boolean).join(", ");
  return `${head}${again ? " (see above)" : quoted(session)}`;
}

/** `: UPDATE things SET n = ?`; nothing where it is not to be seen. */
export function quoted({ query }: SessionSeen): string {
  return query === null ? "" : `: ${query.replace(/\s+/g, " ")}`;
}

/** A transaction that has been open for long. */
export interface LongTransaction {
  readonly forS: number;
  readonly session: SessionSeen | null;
  readonly prepared: PreparedSeen | null;
}

/** Transactions open for `longS` or longer, the oldest first. */
export function planLong({ sessions, prepared }: Look, longS: number): readonly LongTransaction[] {
  return [
    ...sessions.map((session) => ({
      forS: session.transactionForS ?? -1,
      session,
      prepared: null,
    })),
    ...prepared.map((one) => ({ forS: one.forS, session: null, prepared: one })),
  ]
    .filter(({ forS }) => forS >= longS)
    .toSorted((a, b) => b.forS - a.forS);
}

/** Sessions whose state and queries this role may not see. */
export function countHidden({ sessions }: Look): number {
  return sessions.filter(({ state, kind }) => state === null && kind === null).length;
}

function count(number: number, word: string): string {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}
