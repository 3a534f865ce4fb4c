// A container's log, line by line as it is written; taken up where it was cut, no line twice.
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./client.ts";
import { apiStatus } from "./clusterError.ts";
import { readLines } from "./lines.ts";
import { podsPath } from "./pods.ts";

/** Whose log to follow. */
export interface LogSource {
  readonly pod: string;
  readonly container: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
  /** Whether the container has ended: what is read after that is all there is. */
  readonly hasEnded: () => boolean;
}

/** Between a cut and the next try, ms; the end of a container shows in its log before it shows in its pod. */
const RETRY_MS = 300;

/** Where a log was read up to: kubelet's time stamp of the last line, and how many lines bore it. */
interface Position {
  stamp: string;
  count: number;
}

/**
 * Follows the log to its end; returns early where it is lost with its pod, or the signal is aborted.
 * @throws LockstepError CLUSTER where the API forbids it.
 */
export async function followLog(cluster: Cluster, source: LogSource): Promise<void> {
  const position: Position = { stamp: "", count: 0 };
  while (!isAborted(source.signal)) {
    const isLast = source.hasEnded();
    try {
      await readOn(cluster, source, { position, isLast });
      if (isLast) return;
    } catch (error) {
      if (isAborted(source.signal)) return;
      const code = apiStatus(error)?.code;
      if (code === 404 || (isLast && code !== 403)) return;
      if (code === 401 || code === 403) throw error;
    }
    await sleep(RETRY_MS, undefined, { signal: source.signal }).catch(() => undefined);
  }
}

async function readOn(
  cluster: Cluster,
  source: LogSource,
  { position, isLast }: { readonly position: Position; readonly isLast: boolean },
): Promise<void> {
  const { pod, container, onLine, signal } = source;
  const stream = await cluster.stream("GET", `${podsPath(cluster)}/${pod}/log`, {
    query: {
      container,
      follow: true,
      timestamps: true,
      // The API takes whole seconds only: lines of that second come again and are skipped below.
      sinceTime: position.stamp ? `${position.stamp.slice(0, 19)}Z` : undefined,
    },
    doing: `read the log of pod ${pod}`,
    signal,
  });
  const from = { ...position };
  let sameStamp = 0;
  const take = (text: string) => {
    const { stamp, line } = splitStamp(text);
    if (isSeen(stamp, from, sameStamp)) {
      if (stamp === from.stamp) sameStamp += 1;
      return;
    }
    position.count = stamp === position.stamp ? position.count + 1 : 1;
    position.stamp = stamp;
    onLine(line);
  };
  const rest = await readLines(stream, take);
  // Half a line comes again whole, unless the container ended within it.
  if (rest !== "" && isLast) take(rest);
}

function isSeen(stamp: string, from: Position, sameStamp: number): boolean {
  if (from.stamp === "") return false;
  const order = compareStamps(stamp, from.stamp);
  return order < 0 || (order === 0 && sameStamp < from.count);
}

/** `2026-11-21T07:00:00.123456789Z text`; the fraction's zeros at its end are left out by the API. */
function splitStamp(text: string): { readonly stamp: string; readonly line: string } {
  const space = text.indexOf(" ");
  return space < 0
    ? { stamp: text, line: "" }
    : { stamp: text.slice(0, space), line: text.slice(space + 1) };
}

function compareStamps(a: string, b: string): number {
  const [left, right] = [comparable(a), comparable(b)];
  return left < right ? -1 : Number(left > right);
}

/** Stamps of one kubelet have one zone; only their fractions differ in length. */
function comparable(stamp: string): string {
  const [seconds = "", fraction = ""] = stamp.replace(/(Z|[+-]\d\d:\d\d)$/, "").split(".");
  return `${seconds}.${fraction.padEnd(9, "0")}`;
}

/** A function, since the compiler believes that what was false stays so. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
