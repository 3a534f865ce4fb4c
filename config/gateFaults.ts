// What no key of the gate's alone can tell: a source that lacks what it needs, and a login in plain text.
import { fullKey } from "./checkKeys.ts";
import { GATE_DEFAULTS } from "./defaults.ts";
import type { Environment } from "./environment.ts";
import type { Fault } from "./faults.ts";
import type { WrittenGate } from "./gateSchema.ts";

/** What is known beside the block. */
export interface GateContext {
  readonly environment: Environment | undefined;
  /** Whether Pulumi holds something in the block encrypted. */
  readonly encrypted: boolean;
}

/** The sources that have a block of their own. */
const WITH_BLOCK = ["promql", "json"] as const;

/** The faults between the keys of the block. */
export function gateFaults(
  gate: WrittenGate | undefined,
  { environment, encrypted }: GateContext,
): readonly Fault[] {
  if (gate === undefined) return [];
  const faults: Fault[] = [];
  const key = (...names: string[]) => fullKey(["gate", ...names]);
  for (const name of WITH_BLOCK) {
    const isSource = gate.source === name;
    const isThere = gate[name] !== undefined;
    if (isSource && !isThere) {
      const expected = `expected a block, since ${key("source")} is ${name}`;
      faults.push({ key: key(name), seen: "(nothing)", expected });
    }
    if (isThere && !isSource) {
      const seen = gate.source ?? "(nothing)";
      faults.push({
        key: key("source"),
        seen,
        expected: `expected ${name}, since ${key(name)} is there`,
      });
    }
  }
  const probes =
    gate.probesPerSecond ?? (environment && GATE_DEFAULTS[environment].probesPerSecond) ?? 1;
  if (gate.source === "probes" && probes === 0) {
    const expected = `expected more than 0, since ${key("source")} is probes`;
    faults.push({ key: key("probesPerSecond"), seen: "0", expected });
  }
  if (gate.promql?.authorization !== undefined && !encrypted) {
    const login = key("promql", "authorization");
    const expected = `expected it encrypted: pulumi config set --secret --path ${login} 'Bearer …'`;
    faults.push({ key: login, seen: "(not shown) plain text", expected });
  }
  return faults;
}
