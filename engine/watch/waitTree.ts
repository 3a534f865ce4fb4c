// Who blocks whom, as a tree: at its roots those who wait for nobody.
import type { LockWait, Look, PreparedSeen, SessionSeen } from "./look.ts";

/** Someone in a tree of waits, and whoever waits for it. */
export interface WaitNode {
  readonly session: SessionSeen | null;
  readonly prepared: PreparedSeen | null;
  /** Of a session that is in the way but cannot be read: another pid than those listed. */
  readonly pid: number | null;
  /** What it waits for itself; null at a root. */
  readonly waitsFor: LockWait | null;
  /** Those who wait for it; left out where it is listed with them elsewhere. */
  readonly blocks: readonly WaitNode[];
  /** Whether it stands in this tree once more, with all that waits for it. */
  readonly again: boolean;
}

/** A session's or a prepared transaction's key. */
type Key = `pid ${number}` | `gid ${string}`;

/** The trees, the one with the most waiters first. A ring (a deadlock, for at most deadlock_timeout) begins at its first session. */
export function planWaitTrees({ sessions, prepared }: Look): readonly WaitNode[] {
  const byPid = new Map(sessions.map((session) => [session.pid, session]));
  const byGid = new Map(prepared.map((one) => [one.gid, one]));
  const blocked = new Map<Key, SessionSeen[]>();
  for (const session of sessions) {
    for (const key of nearest(session, byPid)) {
      blocked.set(key, [...(blocked.get(key) ?? []), session]);
    }
  }
  const placed = new Set<Key>();
  const nodeOf = (key: Key): WaitNode => {
    const again = placed.has(key);
    placed.add(key);
    const pid = key.startsWith("pid ") ? Number(key.slice(4)) : null;
    const session = pid === null ? null : (byPid.get(pid) ?? null);
    const waiters = again ? [] : (blocked.get(key) ?? []);
    return {
      session,
      prepared: pid === null ? (byGid.get(key.slice(4)) ?? unknownGid(key.slice(4))) : null,
      pid,
      waitsFor: session?.waitsFor ?? null,
      blocks: waiters.map((waiter) => nodeOf(`pid ${waiter.pid}`)),
      again: again && (blocked.get(key) ?? []).length > 0,
    };
  };
  const waiting = sessions
    .filter(({ waitsFor }) => waitsFor !== null)
    .map(({ pid }): Key => `pid ${pid}`);
  const roots = [...blocked.keys()].filter((key) => !waiting.includes(key)).map(nodeOf);
  // Whatever is in no tree yet waits in a ring, or for somebody who has just gone.
  for (const key of waiting) if (!placed.has(key)) roots.push(nodeOf(key));
  return roots.toSorted((a, b) => countWaiters(b) - countWaiters(a));
}

/** How many wait below `node`. */
export function countWaiters(node: WaitNode): number {
  return node.blocks.reduce((sum, one) => sum + 1 + countWaiters(one), 0);
}

/**
 * Of those that a session waits for, the ones right before it: in a queue everybody waits for all before
 * them, which the chain shows as well.
 */
function nearest(session: SessionSeen, byPid: ReadonlyMap<number, SessionSeen>): readonly Key[] {
  const all = blockersOf(session);
  const behind = new Set(
    (session.waitsFor?.pids ?? []).flatMap((pid) => {
      const other = byPid.get(pid);
      return other && other !== session ? blockersOf(other) : [];
    }),
  );
  const near = all.filter((key) => !behind.has(key));
  return near.length > 0 ? near : all;
}

function blockersOf({ waitsFor }: SessionSeen): readonly Key[] {
  if (waitsFor === null) return [];
  return [
    ...waitsFor.pids.map((pid): Key => `pid ${pid}`),
    ...waitsFor.gids.map((gid): Key => `gid ${gid}`),
  ];
}

function unknownGid(gid: string): PreparedSeen {
  return { gid, user: "", forS: 0 };
}
