// What a check is held to beside the error rate: response times, the process's use of its machine, the database.
import { durationText } from "./format.ts";
import type { Judgement } from "./judge.ts";
import type { Latency } from "./latency.ts";
import { describeDatabase, describeUsage, type Usage, type VitalsSeen } from "./vitals.ts";

/** Values from which on a check fails, all inclusive; what is missing is not held to anything. */
export interface GateLimits {
  /** Response times that half, 95 % and 99 % of the requests stay below, ms. */
  readonly p50Ms?: number;
  readonly p95Ms?: number;
  readonly p99Ms?: number;
  /** Processors that one instance keeps busy, over the time since the last check: 0.5 is half of one. */
  readonly cpuCores?: number;
  /** Memory of one instance, bytes. */
  readonly memoryBytes?: number;
  /** Share (0 to 1) of the server's connections that are taken, by whomever. */
  readonly connections?: number;
  /** Sessions of the app's database lost to errors, and deadlocks, since the last check. */
  readonly databaseErrors?: number;
}

const QUANTILES = ["p50Ms", "p95Ms", "p99Ms"] as const;

/** What is wrong with `limits`, one line each. */
export function limitFaults(limits: GateLimits): readonly string[] {
  const faults = Object.entries(limits).flatMap(([name, value]: [string, number | undefined]) =>
    value === undefined || value > 0 ? [] : [`limits.${name} is ${value}, expected more than 0`],
  );
  const { connections = 0 } = limits;
  return connections > 1
    ? [...faults, `limits.connections is ${connections}, expected a share up to 1`]
    : faults;
}

/** How the response times stand to their limits; null where there is nothing against them. */
export function judgeLatency(latency: Latency, limits: GateLimits): Judgement | null {
  for (const name of QUANTILES) {
    const limit = limits[name];
    if (limit === undefined) continue;
    const quantile = name.slice(0, -2);
    const value = latency[name];
    if (value === null) {
      const reason = `the response times are not to be seen, so ${quantile} is not known`;
      return { verdict: "no-data", code: "no-latency", reason };
    }
    if (value < limit) continue;
    const reason = `${quantile} is ${durationText(value)}, the limit is ${durationText(limit)}`;
    return { verdict: "fail", code: "slow", reason };
  }
  return null;
}

/** How processes and database stand to their limits; a failure comes before what could not be seen. */
export function judgeVitals(seen: VitalsSeen, limits: GateLimits): Judgement | null {
  const judged = [...usageJudgements(seen, limits), ...databaseJudgements(seen, limits)];
  return judged.find(({ verdict }) => verdict === "fail") ?? judged[0] ?? null;
}

function usageJudgements({ usage }: VitalsSeen, limits: GateLimits): readonly Judgement[] {
  const { cpuCores, memoryBytes } = limits;
  if (cpuCores === undefined && memoryBytes === undefined) return [];
  const unseen = (why: string): Judgement => ({
    verdict: "no-data",
    code: "usage-unseen",
    reason: `the app's CPU and memory are not to be seen: ${why}`,
  });
  if (typeof usage === "string") return [unseen(usage)];
  const over = (value: number | null, limit: number | undefined) =>
    value !== null && limit !== undefined && value >= limit;
  const isBlind =
    (cpuCores !== undefined && usage.cpuCores === null) ||
    (memoryBytes !== undefined && usage.memoryBytes === null);
  const isOver = {
    cpuCores: over(usage.cpuCores, cpuCores),
    memoryBytes: over(usage.memoryBytes, memoryBytes),
  };
  const judged: Judgement[] = [];
  if (isOver.cpuCores || isOver.memoryBytes) {
    const limit = describeUsage({
      cpuCores: isOver.cpuCores ? (cpuCores ?? null) : null,
      memoryBytes: isOver.memoryBytes ? (memoryBytes ?? null) : null,
    });
    const reason = `${describeWho(usage, isOver)}, the limit is ${limit}`;
    judged.push({ verdict: "fail", code: "usage", reason });
  }
  return isBlind ? [...judged, unseen("it does not say them")] : judged;
}

/** Whose figures they are: of two instances only those are shown that are over a limit. */
function describeWho(
  usage: Usage,
  isOver: { readonly cpuCores: boolean; readonly memoryBytes: boolean },
): string {
  const { cpuInstance, memoryInstance, cpuCores, memoryBytes } = usage;
  if (cpuInstance === memoryInstance) {
    return `${cpuInstance ?? "the app"} takes ${describeUsage(usage)}`;
  }
  const parts = [
    [isOver.cpuCores, cpuInstance, { cpuCores, memoryBytes: null }],
    [isOver.memoryBytes, memoryInstance, { cpuCores: null, memoryBytes }],
  ] as const;
  return parts
    .filter(([isShown]) => isShown)
    .map(([, who, figure]) => `${who ?? "the app"} takes ${describeUsage(figure)}`)
    .join(", ");
}

function databaseJudgements({ database }: VitalsSeen, limits: GateLimits): readonly Judgement[] {
  const { connections, databaseErrors } = limits;
  if (connections === undefined && databaseErrors === undefined) return [];
  if (typeof database === "string") {
    return [{ verdict: "no-data", code: "database-unseen", reason: database }];
  }
  const isFull =
    connections !== undefined && database.connections >= connections * database.maxConnections;
  const isFailing = databaseErrors !== undefined && database.errors >= databaseErrors;
  if (!isFull && !isFailing) return [];
  const limit = isFull
    ? `${(connections * 100).toFixed(0)} % of them`
    : `${databaseErrors ?? 0} errors`;
  const reason = `the database has ${describeDatabase(database)}, the limit is ${limit}`;
  return [{ verdict: "fail", code: "database", reason }];
}
