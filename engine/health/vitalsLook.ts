// One look at what a check needs beside requests: the app's processes and its database.
import type { AskOptions } from "./observe.ts";
import type { AppSource } from "./source.ts";
import type { DatabaseSample, UsageSample, VitalsMeter, VitalsSeen } from "./vitals.ts";
import type { Readings } from "./window.ts";

/** One look at the database; a string says why there is none. Never throws. */
export type AskDatabase = (ask: AskOptions) => Promise<DatabaseSample | string>;

/** What a look goes by. */
export interface VitalsSubject {
  readonly source: AppSource;
  readonly meter: VitalsMeter;
  readonly askDatabase?: AskDatabase | undefined;
  /** Monotonic, ms. */
  readonly now: () => number;
}

/** Looks at both; `readings` are those of the same check. Never throws for what it cannot see. */
export async function lookAtVitals(
  { source, meter, askDatabase, now }: VitalsSubject,
  readings: Readings | string,
  ask: AskOptions,
): Promise<VitalsSeen> {
  const [measured, database] = await Promise.all([
    source.askUsage?.(ask),
    askDatabase?.(ask) ?? "nobody looks at it",
  ]);
  const usage = typeof measured === "object" ? measured : usageIn(readings, measured);
  return meter.add(usage, database, now());
}

/** What the app says of itself. */
function usageIn(readings: Readings | string, why: string | undefined) {
  const none = why ?? "the app's metrics have no process_cpu_seconds_total";
  if (typeof readings === "string") return none;
  const samples = [...readings].flatMap(([instance, reading]): readonly UsageSample[] => {
    if (typeof reading === "string") return [];
    const { cpuSeconds = null, memoryBytes = null } = reading;
    if (cpuSeconds === null && memoryBytes === null) return [];
    return [{ ...(readings.size > 1 && { instance }), cpuSeconds, memoryBytes }];
  });
  return samples.length > 0 ? samples : none;
}
