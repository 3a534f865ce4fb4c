// What a watch remembers from look to look: what one look alone cannot tell.
import type { FileRow, LedgerRows } from "./ledgerWork.ts";
import type { BackfillSeen, LeaseSeen } from "./look.ts";

/** Reads a clock that only goes forward, ms. */
export type Clock = () => number;

/** Since when something has been as it is, by the watch's own clock. */
export class WatchMemory {
  readonly #clock: Clock;
  #transactions = new Map<string, number>();
  #backfills = new Map<string, { readonly rows: number; readonly at: number }>();
  #lease: { readonly beat: string; readonly at: number } | undefined;

  constructor(clock: Clock = () => performance.now()) {
    this.#clock = clock;
  }

  /** For how long each of the transactions (by virtual id) has been seen, s; the others are forgotten. */
  transactionsForS(transactions: readonly string[]): ReadonlyMap<string, number> {
    const now = this.#clock();
    this.#transactions = new Map(transactions.map((id) => [id, this.#transactions.get(id) ?? now]));
    return new Map([...this.#transactions].map(([id, at]) => [id, seconds(now - at)]));
  }

  /** The lease with the time for which its heartbeat has stood still: clocks of two hosts are never compared. */
  lease(row: LedgerRows["lease"]): LeaseSeen | null {
    if (row === null) return null;
    const { holder, doing, since, token, beat } = row;
    const now = this.#clock();
    const key = `${token} ${beat}`;
    if (this.#lease?.beat !== key) this.#lease = { beat: key, at: now };
    return { holder, doing, since, silentForS: seconds(now - this.#lease.at) };
  }

  /** A backfill with its speed since this watch first saw it. */
  backfill({ file, backfill }: FileRow): BackfillSeen | null {
    if (backfill === null) return null;
    const now = this.#clock();
    const first = this.#backfills.get(file);
    if (first === undefined || backfill.rows < first.rows) {
      this.#backfills.set(file, { rows: backfill.rows, at: now });
      return { ...backfill, rowsPerS: null };
    }
    const sinceS = (now - first.at) / 1_000;
    const rowsPerS = sinceS > 0 ? Math.round((backfill.rows - first.rows) / sinceS) : null;
    return { ...backfill, rowsPerS };
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
