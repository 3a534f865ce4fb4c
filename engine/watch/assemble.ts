// From what was read to one look: names, masks and memory are put in.
import { maskLiterals } from "../sql/maskLiterals.ts";
import type { LedgerRows } from "./ledgerWork.ts";
import type { Look, Mark, PreparedSeen, ServerWork, SessionSeen } from "./look.ts";
import { markOf } from "./marks.ts";
import type { WatchMemory } from "./memory.ts";
import { blockingGids, type SessionRow } from "./sessions.ts";

/** What one round of queries gives. */
export interface RawLook {
  readonly sessions: readonly SessionRow[];
  readonly prepared: readonly PreparedSeen[];
  readonly work: readonly ServerWork[];
  readonly ledger: LedgerRows;
}

/** Characters of a masked query that are kept. */
const QUERY_LENGTH = 80;

/** The look; queries are masked unless `whole`. */
export function assembleLook(
  raw: RawLook,
  memory: WatchMemory,
  { whole }: { readonly whole: boolean },
): Look {
  const { sessions, prepared, work, ledger } = raw;
  const forS = memory.transactionsForS(sessions.flatMap(({ transaction }) => transaction ?? []));
  const seen = sessions.map((row): SessionSeen => {
    const { transaction, underLease: _, waiting, query, ...session } = row;
    // Of another role's session a plain role sees only that its transaction was there before.
    const hiddenForS = row.state === null ? forS.get(transaction ?? "") : undefined;
    return {
      ...session,
      transactionForS: row.transactionForS ?? hiddenForS ?? null,
      query: query === null || whole ? query : maskLiterals(query, QUERY_LENGTH),
      waitsFor: waiting && {
        mode: waiting.mode,
        on: waiting.on,
        forS: waiting.forS,
        pids: [...new Set(waiting.pids)],
        gids: blockingGids(waiting),
      },
      mark: markOf(row, ledger),
    };
  });
  return {
    sessions: seen.toSorted((a, b) => rank(a.mark) - rank(b.mark)),
    prepared,
    work,
    ledger: {
      ...ledger,
      lease: memory.lease(ledger.lease),
      files: ledger.files.map((row) => ({
        file: row.file,
        statementsDone: row.backfill ? null : row.statementsDone,
        backfill: memory.backfill(row),
      })),
    },
  };
}

function rank(mark: Mark | null): number {
  return mark === null ? 4 : ["runner", "leftover", "lockstep", "app"].indexOf(mark.what);
}
