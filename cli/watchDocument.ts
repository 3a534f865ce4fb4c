// A watch's tick as a document; docs/cli.md has its form, which programs rely on.
import { planWaitTrees, type WaitNode } from "../engine/watch/waitTree.ts";
import type { Tick } from "../engine/watch/watch.ts";
import { countHidden, planLong } from "./watchText.ts";

/** Fields beside `ok` and `command`; transactions count as long from `longS` on. */
export function tickDocument(
  database: string,
  tick: Tick,
  longS: number,
): Readonly<Record<string, unknown>> {
  const head = { at: tick.at, database, state: tick.state };
  if (tick.state !== "up") return { ...head, why: tick.why };
  const { sessions, prepared, work, ledger } = tick.look;
  return {
    ...head,
    ledger,
    waits: planWaitTrees(tick.look).map(waitDocument),
    longTransactions: planLong(tick.look, longS).map((one) => ({
      pid: one.session?.pid ?? null,
      gid: one.prepared?.gid ?? null,
      forS: one.forS,
    })),
    work,
    prepared,
    sessions,
    hiddenSessions: countHidden(tick.look),
  };
}

/** Who it is, by pid or gid; `sessions` has the rest. */
function waitDocument(node: WaitNode): Readonly<Record<string, unknown>> {
  const { pid, prepared, waitsFor, blocks, again } = node;
  return {
    pid,
    gid: prepared?.gid ?? null,
    mode: waitsFor?.mode ?? null,
    on: waitsFor?.on ?? null,
    forS: waitsFor?.forS ?? null,
    blocks: blocks.map(waitDocument),
    again,
  };
}
