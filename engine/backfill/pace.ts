// How many rows a backfill's next batch has: so many that one takes about as long as it should.

/** What a batch aims at. */
export interface PaceOptions {
  /** How long a batch should take, from its first row lock to its commit, ms. */
  readonly targetMs: number;
  /** Rows of the first batch. */
  readonly firstRows: number;
}

/** A batch that was committed. */
export interface TakenBatch {
  /** Rows that it walked; fewer than were asked for at the table's end. */
  readonly rows: number;
  readonly ms: number;
}

/** A batch should take no longer than this unless told otherwise, ms: it is what a writer of one of its rows waits at most. */
export const DEFAULT_TARGET_MS = 200;
/** Rows of a first batch unless told otherwise: 20 ms on a slow disk, and eight batches to the bound below. */
export const DEFAULT_FIRST_ROWS = 1_000;
/** No batch grows beyond, however fast: its WAL and its dead rows come at once. A directive may begin with more. */
export const MOST_ROWS = 50_000;

/** A batch within this share of the target and the target itself is as it should be. */
const ENOUGH = 0.75;
/** What a larger batch aims at, as a share of the target: its rows may be dearer than those before. */
const AIM = 0.9;
/** No batch is larger than the one before by more than this factor. */
const MOST_GROWTH = 1.5;
/** A batch that takes so many times its target is cancelled; the target may be short, so with a floor in ms. */
const LIMIT_FACTOR = 20;
const LEAST_LIMIT_MS = 2_000;

/** Halves at once when a batch took too long or met a lock, grows gently while batches are short. */
export class BatchPace {
  readonly #options: PaceOptions;
  readonly #mostRows: number;
  #rows: number;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#mostRows = Math.max(MOST_ROWS, options.firstRows);
    this.#rows = Math.max(1, options.firstRows);
  }

  /** Rows of the next batch, 1 at least. */
  get rows(): number {
    return this.#rows;
  }

  /** When a batch's statement is cancelled, to come again with fewer rows, ms; 0 (never) for a single row. */
  get limitMs(): number {
    if (this.#rows === 1) return 0;
    return Math.max(LEAST_LIMIT_MS, Math.round(this.#options.targetMs * LIMIT_FACTOR));
  }

  /** A batch got through. */
  took({ rows, ms }: TakenBatch): void {
    const { targetMs } = this.#options;
    if (ms > targetMs) this.#halve();
    // What a table's last few rows take tells nothing of a whole batch.
    else if (ms < targetMs * ENOUGH && rows >= this.#rows) this.#grow(ms);
  }

  /** A batch met a lock, or was cancelled at its limit. */
  missed(): void {
    this.#halve();
  }

  #halve(): void {
    this.#rows = Math.max(1, Math.floor(this.#rows / 2));
  }

  #grow(ms: number): void {
    const factor = Math.min(MOST_GROWTH, (this.#options.targetMs * AIM) / Math.max(ms, 0.001));
    // A few rows would never become more by a factor alone.
    this.#rows = Math.min(
      this.#mostRows,
      Math.max(this.#rows + 1, Math.floor(this.#rows * factor)),
    );
  }
}
