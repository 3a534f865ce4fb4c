// How the app's processes and its database fare: measured from check to check.
import { countText } from "./format.ts";

/** One look at one instance. */
export interface UsageSample {
  /** Its name; missing where there is only one. */
  readonly instance?: string;
  /** CPU time since its start, s; null where that is not known. */
  readonly cpuSeconds: number | null;
  /** Processors that it keeps busy, where somebody else measures that. */
  readonly cpuCores?: number;
  /** Resident memory, bytes; null where that is not known. */
  readonly memoryBytes: number | null;
}

/** What the instance that takes most takes: processors kept busy since the last look, and memory. */
export interface Usage {
  /** The name of the one that takes most CPU, and of the one that takes most memory; missing where there is only one. */
  readonly cpuInstance?: string;
  readonly memoryInstance?: string;
  readonly cpuCores: number | null;
  readonly memoryBytes: number | null;
}

/** What one instance takes. */
type Measured = Pick<Usage, "cpuCores" | "memoryBytes"> & Pick<UsageSample, "instance">;

/** One look at the database's server. The counts of errors are since its statistics began. */
export interface DatabaseSample {
  /** Sessions of clients, of all databases. */
  readonly connections: number;
  /** `max_connections` without those that are kept for superusers. */
  readonly maxConnections: number;
  /** Sessions of this database that were lost, ended by an error or by an administrator (from PostgreSQL 14 on). */
  readonly lostSessions: number;
  readonly deadlocks: number;
}

/** Connections now, and errors since the last look. */
export interface DatabaseSeen {
  readonly connections: number;
  readonly maxConnections: number;
  readonly errors: number;
}

/** Both; a string says why there is nothing to see. */
export interface VitalsSeen {
  readonly usage: Usage | string;
  readonly database: DatabaseSeen | string;
}

/** What nobody asked for. */
export const NO_VITALS: VitalsSeen = { usage: "not asked for", database: "not asked for" };

/** Makes of two looks what happened between them. */
export class VitalsMeter {
  readonly #cpu = new Map<string, { readonly seconds: number; readonly atMs: number }>();
  #database: DatabaseSample | undefined;

  /** `nowMs` is of one monotonic clock. */
  add(
    usage: readonly UsageSample[] | string,
    database: DatabaseSample | string,
    nowMs: number,
  ): VitalsSeen {
    return {
      usage: typeof usage === "string" ? usage : this.#worst(usage, nowMs),
      database: typeof database === "string" ? database : this.#errors(database),
    };
  }

  #worst(samples: readonly UsageSample[], nowMs: number): Usage | string {
    const seen = samples.map((sample) => this.#measure(sample, nowMs));
    const known = seen.filter((one) => one.cpuCores !== null || one.memoryBytes !== null);
    const [first] = known;
    if (!first) return "no instance says them";
    // Of each the highest: a limit is one of an instance.
    const most = (key: "cpuCores" | "memoryBytes") =>
      known.reduce((a, b) => ((b[key] ?? -1) > (a[key] ?? -1) ? b : a));
    const [cpu, memory] = [most("cpuCores"), most("memoryBytes")];
    const by = (one: Measured, key: "cpuCores" | "memoryBytes") =>
      one[key] === null ? undefined : one.instance;
    const [cpuInstance, memoryInstance] = [by(cpu, "cpuCores"), by(memory, "memoryBytes")];
    return {
      ...(cpuInstance !== undefined && { cpuInstance }),
      ...(memoryInstance !== undefined && { memoryInstance }),
      cpuCores: cpu.cpuCores,
      memoryBytes: memory.memoryBytes,
    };
  }

  #measure({ instance, cpuSeconds, cpuCores, memoryBytes }: UsageSample, nowMs: number): Measured {
    const name = instance === undefined ? {} : { instance };
    if (cpuCores !== undefined) return { ...name, cpuCores, memoryBytes };
    const before = this.#cpu.get(instance ?? "");
    if (cpuSeconds === null) return { ...name, cpuCores: null, memoryBytes };
    this.#cpu.set(instance ?? "", { seconds: cpuSeconds, atMs: nowMs });
    const passedMs = before ? nowMs - before.atMs : 0;
    // A counter that fell is another process.
    const used = before && passedMs > 0 ? cpuSeconds - before.seconds : -1;
    return { ...name, cpuCores: used >= 0 ? (used * 1000) / passedMs : null, memoryBytes };
  }

  #errors(now: DatabaseSample): DatabaseSeen {
    const before = this.#database ?? now;
    this.#database = now;
    // Statistics begin anew after a crash: what they count then is new.
    const grown = (key: "lostSessions" | "deadlocks") =>
      now[key] >= before[key] ? now[key] - before[key] : now[key];
    const { connections, maxConnections } = now;
    return { connections, maxConnections, errors: grown("lostSessions") + grown("deadlocks") };
  }
}

/** `0.12 cores, 96 MiB`. */
export function describeUsage({
  cpuCores,
  memoryBytes,
}: Pick<Usage, "cpuCores" | "memoryBytes">): string {
  return [
    ...(cpuCores === null ? [] : [`${cpuCores.toFixed(2)} cores`]),
    ...(memoryBytes === null ? [] : [`${countText(memoryBytes / 1_048_576)} MiB`]),
  ].join(", ");
}

/** `14 of 97 connections`, and errors where there are any. */
export function describeDatabase({ connections, maxConnections, errors }: DatabaseSeen): string {
  const taken = `${countText(connections)} of ${countText(maxConnections, "connection")}`;
  return errors === 0 ? taken : `${taken}, ${countText(errors, "database error")}`;
}
