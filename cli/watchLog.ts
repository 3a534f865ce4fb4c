// A watch without a terminal: a line when something begins, changes or ends, and none while all stays as it is.
import { planWaitTrees, type WaitNode } from "../engine/watch/waitTree.ts";
import type { Tick } from "../engine/watch/watch.ts";
import {
  describeFile,
  describeMark,
  ledgerLines,
  namePrepared,
  nameSession,
  percentOf,
  planLong,
} from "./watchText.ts";

/** Progress is worth a line every so many percent. */
const STEP_PERCENT = 10;

/** Something that is so, in words that hold no running clock. */
type Facts = ReadonlyMap<string, string>;

/** Tells what changed from tick to tick. */
export class WatchLog {
  readonly #longS: number;
  #before: Facts = new Map();
  #away: string | undefined;

  /** Transactions count as long from `longS` on. */
  constructor(longS: number) {
    this.#longS = longS;
  }

  /** The lines that `tick` adds. */
  next(tick: Tick): readonly string[] {
    if (tick.state !== "up") {
      const line = tick.state === "away" ? `server away: ${tick.why}` : `no look: ${tick.why}`;
      const lines = line === this.#away ? [] : [line];
      this.#away = line;
      return lines;
    }
    const back = this.#away?.startsWith("server away") ? ["server back"] : [];
    this.#away = undefined;
    const now = factsOf(tick, this.#longS);
    const changed = [...now].flatMap(([key, text]) =>
      this.#before.get(key) === text ? [] : [text],
    );
    const ended = [...this.#before].flatMap(([key, text]) =>
      now.has(key) ? [] : [`over: ${text}`],
    );
    this.#before = now;
    return [...back, ...ended, ...changed];
  }
}

function factsOf({ look }: Tick & { readonly state: "up" }, longS: number): Facts {
  const facts = new Map<string, string>();
  const { ledger } = look;
  // A standing heartbeat's time would make a line each second.
  const lease = ledger.lease && { ...ledger.lease, silentForS: 0 };
  ledgerLines({ ...ledger, lease }).forEach((line, at) => facts.set(`ledger ${at}`, line));
  for (const file of ledger.files) facts.set(`file ${file.file}`, describeFile(withoutRate(file)));
  for (const root of planWaitTrees(look)) addWaits(facts, root);
  for (const { session, prepared } of planLong(look, longS)) {
    const who = session ? nameSession(session) : prepared ? namePrepared(prepared) : "";
    facts.set(`long ${who}`, `open for long: ${who}`);
  }
  for (const work of look.work) {
    const { pid, command, relation, index, phase } = work;
    const percent = Math.floor(percentOf(work) / STEP_PERCENT) * STEP_PERCENT;
    const what = [command, relation, index].filter(Boolean).join(" ");
    facts.set(`work ${pid}`, `pid ${pid} ${what}: ${phase ?? "hidden"}, ${percent} %`);
  }
  for (const session of look.sessions) {
    const { mark } = session;
    // Which files a runner is at, the lease says.
    const own = describeMark(
      mark?.what === "runner" ? { ...mark, step: "for the lease's holder" } : mark,
    );
    facts.set(
      `session ${session.pid}`,
      ["session", nameSession(session), own].filter(Boolean).join(" "),
    );
  }
  return facts;
}

function withoutRate(file: Parameters<typeof describeFile>[0]) {
  return { ...file, backfill: file.backfill && { ...file.backfill, rowsPerS: null } };
}

function addWaits(facts: Map<string, string>, node: WaitNode): void {
  const blocker = nameNode(node);
  for (const waiter of node.blocks) {
    const { waitsFor } = waiter;
    const what = waitsFor ? `waits for ${waitsFor.mode} on ${waitsFor.on}, ` : "is ";
    facts.set(
      `wait ${nameNode(waiter)} ${blocker}`,
      `${nameNode(waiter)} ${what}held up by ${blocker}`,
    );
    addWaits(facts, waiter);
  }
}

function nameNode({ session, prepared, pid }: WaitNode): string {
  if (session) return nameSession(session);
  return prepared ? namePrepared(prepared) : `pid ${pid ?? "?"}`;
}
