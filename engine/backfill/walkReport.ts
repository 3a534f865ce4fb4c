// What a walk says of itself: how far it is while it runs, and what it did at its end.
import type { Run } from "../run/workSession.ts";
import type { Batch } from "./batch.ts";
import { estimateWalk, type Walk } from "./estimate.ts";
import { describeReading, describeTime, Meter } from "./meter.ts";

/** The least time between two lines of progress, ms: a log of days stays readable. */
const SAY_EVERY_MS = 1_000;

/** The lines of one walk. */
export class WalkReport {
  readonly #run: Run;
  readonly #what: string;
  readonly #startedMs = performance.now();
  #meter: Meter | undefined;
  #saidAtMs = -Infinity;
  #batches = 0;
  #rowsBefore = 0;
  #rows = 0;
  #pausedMs = 0;

  constructor(run: Run, what: string) {
    this.#run = run;
    this.#what = what;
  }

  /** Estimates what is before the walk; only the first call does. */
  async begin(from: Walk & { readonly rows: number }): Promise<void> {
    if (this.#meter) return;
    this.#meter = new Meter(await estimateWalk(this.#run, from), performance.now());
    this.#rowsBefore = from.rows;
    this.#rows = from.rows;
  }

  /** Whether `begin` was called. */
  get begun(): boolean {
    return this.#meter !== undefined;
  }

  /** The walk stood still for `ms`. */
  paused(ms: number): void {
    this.#pausedMs += ms;
  }

  /** Tells how far the walk is: of the first batch, then once a second. */
  took(batch: Batch, nextRows: number): void {
    const now = performance.now();
    this.#batches += 1;
    this.#rows = batch.rows;
    this.#meter?.add(batch.walkedRows, now);
    if (!this.#meter || now - this.#saidAtMs < SAY_EVERY_MS) return;
    this.#saidAtMs = now;
    const reading = this.#meter.read(now);
    this.#run.report("progress", `${this.#what}: ${describeReading(reading)}`, {
      file: this.#what,
      ...reading,
      changedRows: batch.rows,
      position: batch.position,
      batchRows: batch.walkedRows,
      batchMs: Math.round(batch.ms),
      nextBatchRows: nextRows,
    });
  }

  /** Tells what was done. */
  ended(): void {
    const now = performance.now();
    const tookMs = Math.round(now - this.#startedMs);
    const walkedRows = this.#meter?.read(now).walkedRows ?? 0;
    const rows = this.#rows - this.#rowsBefore;
    const paused = this.#pausedMs < 1 ? "" : `, of which ${describeTime(this.#pausedMs)} paused`;
    this.#run.report(
      "info",
      `${this.#what}: ${rows.toLocaleString("en")} rows changed in ${String(this.#batches)} batches, ${describeTime(tookMs)}${paused}`,
      {
        file: this.#what,
        changedRows: rows,
        walkedRows,
        batches: this.#batches,
        tookMs,
        pausedMs: Math.round(this.#pausedMs),
      },
    );
  }
}
