// How far a walk is, how fast it goes and how long the rest will take.

/** What is known before the first batch. */
export interface MeterStart {
  /** Rows that an earlier run has walked, as far as the server can tell. */
  readonly walkedRows: number;
  /** Rows of the table, as the server's planner estimates it; undefined where it does not tell. */
  readonly estimatedRows: number | undefined;
}

/** How far a walk is. */
export interface Reading {
  readonly walkedRows: number;
  readonly estimatedRows: number | null;
  /** Whole per cent of the estimate, at most 99: what is estimated is never known to be done. */
  readonly percent: number | null;
  /** Over the last half minute, pauses included; null before there is anything to tell it from. */
  readonly rowsPerSecond: number | null;
  /** Time to the end at that rate, ms; null where the estimate is passed already. */
  readonly etaMs: number | null;
}

/** The rate is that of so long, ms: short enough to follow a change of load, long enough not to jump. */
const WINDOW_MS = 30_000;

interface Mark {
  readonly atMs: number;
  readonly walkedRows: number;
}

/** Follows one walk; times are those of one monotonic clock, ms. */
export class Meter {
  readonly #estimatedRows: number | undefined;
  /** The oldest one is the last from before the window. */
  #marks: readonly Mark[];

  constructor({ walkedRows, estimatedRows }: MeterStart, nowMs: number) {
    this.#estimatedRows = estimatedRows;
    this.#marks = [{ atMs: nowMs, walkedRows }];
  }

  /** `rows` more are walked. */
  add(rows: number, nowMs: number): void {
    const walkedRows = (this.#marks.at(-1)?.walkedRows ?? 0) + rows;
    const marks = [...this.#marks, { atMs: nowMs, walkedRows }];
    const within = marks.findIndex(({ atMs }) => atMs > nowMs - WINDOW_MS);
    this.#marks = marks.slice(Math.max(0, within - 1));
  }

  /** How far the walk is now. */
  read(nowMs: number): Reading {
    const last = this.#marks.at(-1);
    const walkedRows = last?.walkedRows ?? 0;
    const rate = this.#rate(nowMs);
    const total = this.#estimatedRows;
    if (total === undefined || total <= 0) {
      return { walkedRows, estimatedRows: null, percent: null, rowsPerSecond: rate, etaMs: null };
    }
    const left = total - walkedRows;
    return {
      walkedRows,
      estimatedRows: total,
      percent: Math.min(99, Math.floor((walkedRows / total) * 100)),
      rowsPerSecond: rate,
      etaMs: left <= 0 || !rate ? null : Math.round((left / rate) * 1_000),
    };
  }

  #rate(nowMs: number): number | null {
    const [first] = this.#marks;
    const last = this.#marks.at(-1);
    if (!first || !last || last === first) return null;
    const seconds = (nowMs - first.atMs) / 1_000;
    return seconds >= 0.001 ? Math.round((last.walkedRows - first.walkedRows) / seconds) : null;
  }
}

/** `1,200 of about 50,000 rows (2 %), 400 rows/s, about 2 min left`: a reading for people. */
export function describeReading(reading: Reading): string {
  const { walkedRows, estimatedRows, percent, rowsPerSecond, etaMs } = reading;
  const walked = walkedRows.toLocaleString("en");
  // An estimate that is passed was wrong, and says nothing any more.
  const isPassed = estimatedRows === null || walkedRows > estimatedRows;
  const share = isPassed
    ? `${walked} rows`
    : `${walked} of about ${estimatedRows.toLocaleString("en")} rows (${String(percent)} %)`;
  return [
    share,
    ...(rowsPerSecond === null ? [] : [`${rowsPerSecond.toLocaleString("en")} rows/s`]),
    ...(etaMs === null ? [] : [`about ${describeTime(etaMs)} left`]),
  ].join(", ");
}

/** `40 s`, `12 min`, `3.5 h`. */
export function describeTime(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${String(Math.max(0.1, Math.round(seconds * 10) / 10))} s`;
  if (seconds < 100) return `${String(Math.round(seconds))} s`;
  if (seconds < 6_000) return `${String(Math.round(seconds / 60))} min`;
  return `${String(Math.round(seconds / 360) / 10)} h`;
}
