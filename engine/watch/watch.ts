// Looks again and again, until told to end; a server that is away is waited for.
import { setTimeout as delay } from "node:timers/promises";
import type { Look } from "./look.ts";

/** What is watched: the seam between the loop and a database's driver. */
export interface WatchSource {
  /** @throws LockstepError as its connection fails. */
  readonly connect: () => Promise<WatchConnection>;
  /** What `error` means for a watch. */
  readonly judge: (error: unknown) => "away" | "slow" | "fatal";
}

/** One connection to what is watched. */
export interface WatchConnection {
  look(): Promise<Look>;
  /** Gives it up at once, also while a look is under way. */
  close(): void;
}

/** What a watch found, or why it found nothing. */
export type Tick = { readonly at: Date } & (
  | { readonly state: "up"; readonly look: Look }
  /** `slow`: the connection stands, but the look did not end in time. */
  | { readonly state: "away" | "slow"; readonly why: string }
);

/** How to watch. */
export interface WatchOptions {
  /** Time between the starts of two looks, ms. */
  readonly intervalMs: number;
  /** A look that takes longer is given up with its connection, ms. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * A tick for each look, until `signal` aborts.
 * @throws LockstepError CONNECTION where the first connection fails, or a later one in a way that waiting cannot mend.
 */
export async function* watch(source: WatchSource, options: WatchOptions): AsyncGenerator<Tick> {
  const { intervalMs, signal } = options;
  let connection: WatchConnection | undefined = await source.connect();
  try {
    while (!signal.aborted) {
      const started = performance.now();
      try {
        connection ??= await source.connect();
        const look = await within(connection.look(), options);
        if (look === undefined) break;
        yield { at: new Date(), state: "up", look };
      } catch (error) {
        const state = error instanceof TookTooLong ? "away" : source.judge(error);
        if (state === "fatal") throw error;
        if (state === "away") {
          connection?.close();
          connection = undefined;
        }
        yield { at: new Date(), state, why: reasonOf(error) };
      }
      const leftMs = intervalMs - (performance.now() - started);
      await delay(Math.max(0, leftMs), undefined, { signal }).catch(() => undefined);
    }
  } finally {
    connection?.close();
  }
}

/** A look that nothing came back from. */
class TookTooLong extends Error {}

/** What `look` gives; undefined once the signal aborts. */
async function within<T>(
  look: Promise<T>,
  { limitMs, signal }: WatchOptions,
): Promise<T | undefined> {
  // Whoever wins the race, a look that fails later must not go unheard.
  look.catch(() => undefined);
  const over = new AbortController();
  const ends = AbortSignal.any([over.signal, signal]);
  const limit = delay(limitMs, "late" as const, { signal: ends }).catch(() => undefined);
  try {
    const first = await Promise.race([look, limit]);
    if (first === "late") throw new TookTooLong(`no answer within ${limitMs / 1_000} s`);
    return first;
  } finally {
    over.abort();
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split("\n")[0] ?? "";
}
