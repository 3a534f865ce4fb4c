// A constant load on Customer Vault that remembers every acknowledged write, to be compared afterwards.

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "./load/client.mjs";
import { GapClock } from "./load/clock.mjs";
import { Journal } from "./load/journal.mjs";
import { runOperation } from "./load/operations.mjs";

const usage = `Usage: node example/load.mjs --url http://127.0.0.1:8080 [--rate 50] [--seconds 30]

  --url       the app; 127.0.0.1, [::1] or localhost only
  --rate      requests a second, 1 to 1000 (default 50)
  --seconds   how long; without it, until SIGTERM or SIGINT

Answers of maintenance mode are counted apart: they are neither failures nor gaps.

Writes {"event":"first-success"} to stderr once the app has answered, and at the end one JSON document to
stdout. Its "customers" are to be in the database exactly so; those under "uncertain" as "old" or as "new".
`;

/** Operations under way at once, at most; what would go beyond is counted as skipped. */
const maxInFlight = 64;

/**
 * @param {string[]} args
 * @returns {{ url: URL, rate: number, seconds: number } | undefined} undefined: help was asked for
 * @throws {Error} that says which flag is wrong
 */
function parseFlags(args) {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: "string" },
      rate: { type: "string", default: "50" },
      seconds: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const url = URL.canParse(values.url ?? "") ? new URL(values.url ?? "") : undefined;
  const isLocal = ["127.0.0.1", "[::1]", "localhost"].includes(url?.hostname ?? "");
  if (url?.protocol !== "http:" || !isLocal) {
    throw new Error(`Expected --url http://127.0.0.1:PORT, got ${values.url ?? "none"}.`);
  }
  const rate = Number(values.rate);
  if (!(rate >= 1 && rate <= 1000))
    throw new Error(`Expected --rate 1 to 1000, got ${values.rate}.`);
  const seconds = Number(values.seconds ?? Infinity);
  if (!(seconds > 0)) throw new Error(`Expected --seconds above 0, got ${values.seconds}.`);
  return { url, rate, seconds };
}

/**
 * Keeps to the rate until the time is over or the signal fires, then waits for what is under way.
 *
 * @param {{ url: URL, rate: number, seconds: number, stop: AbortController }} options
 */
async function runLoad({ url, rate, seconds, stop }) {
  const client = new Client(url, stop.signal);
  const journal = new Journal();
  const clock = new GapClock();
  /** @type {Record<string, number>} */
  const statuses = {};
  const counts = { lost: 0, unsent: 0, skipped: 0 };
  const maintenance = {
    answers: 0,
    from: /** @type {string | null} */ (null),
    until: /** @type {string | null} */ (null),
  };
  const run = {
    client,
    journal,
    name: `load-${process.pid}-${Date.now()}`,
    onResult: (/** @type {import("./load/client.mjs").Result} */ result) => {
      if (result.outcome === "away") {
        clock.planned();
        maintenance.answers += 1;
        maintenance.until = new Date().toISOString();
        maintenance.from ??= maintenance.until;
        return;
      }
      if (result.outcome !== "answered") {
        counts[result.outcome] += 1;
        return;
      }
      statuses[result.status] = (statuses[result.status] ?? 0) + 1;
      if (result.status < 300 && clock.success()) console.error('{"event":"first-success"}');
    },
  };

  const startedAt = new Date();
  const startedMs = performance.now();
  /** @type {Set<Promise<void>>} */
  const inFlight = new Set();
  for (let ordinal = 0; !stop.signal.aborted; ordinal++) {
    const dueMs = startedMs + (ordinal * 1000) / rate;
    const untilDueMs = dueMs - performance.now();
    if (untilDueMs > 0) await delay(untilDueMs, undefined, { signal: stop.signal }).catch(() => {});
    if (dueMs - startedMs >= seconds * 1000) stop.abort();
    if (stop.signal.aborted) break;
    if (inFlight.size >= maxInFlight) {
      counts.skipped += 1;
      continue;
    }
    const operation = runOperation(run, ordinal).finally(() => inFlight.delete(operation));
    inFlight.add(operation);
  }
  clock.end();
  await Promise.all(inFlight);
  client.close();

  return {
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(performance.now() - startedMs),
    statuses,
    maintenance,
    connectionErrors: client.connectionErrors,
    ...counts,
    longestGapMs: Math.round(clock.longestMs),
    longestGapFrom: clock.longestFrom ?? null,
    mismatches: journal.mismatches,
    uncertain: journal.uncertain,
    customers: journal.values(),
  };
}

try {
  const flags = parseFlags(process.argv.slice(2));
  if (flags === undefined) {
    console.log(usage);
  } else {
    const stop = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stop.abort());
    console.log(JSON.stringify(await runLoad({ ...flags, stop })));
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  process.exitCode = 2;
}
