// What a gate leaves on the Deployment: the sets of the releases that passed, and what was rolled back.
import { gunzipSync, gzipSync } from "node:zlib";
import type { Report } from "../events.ts";
import type { AppliedSet } from "./appliedSet.ts";
import { deploymentPath, type Deployment } from "./deployment.ts";
import type { ClusterApp } from "./releasePods.ts";

/** A release that passed its gate, with all that was applied for it. */
export interface PassedRelease {
  readonly releaseId: string;
  /** sha256, hex: the release's identity. */
  readonly digest: string;
  /** ISO 8601, by our clock. */
  readonly at: string;
  readonly set: AppliedSet;
}

/** A release that was taken back. */
export interface RolledBack {
  readonly label: string;
  /** How often, as the ledger counts. */
  readonly count: number;
  /** ISO 8601, by our clock. */
  readonly at: string;
  /** The release that runs in its place. */
  readonly to: string;
  /** One plain line. */
  readonly why: string;
}

/** All of it. */
export interface GateMemory {
  /** The last first; two at most: this one, and the one to go back to while this is watched again. */
  readonly passed: readonly PassedRelease[];
  /** By digest. */
  readonly rolledBack: Readonly<Record<string, RolledBack>>;
}

/** A name of its own, so that no apply of the app's set takes it away. */
const MANAGER = "lockstep-gate";
const PASSED = "lockstep.dev/passed-releases";
const ROLLED_BACK = "lockstep.dev/rolled-back";

/** Of the 256 KiB that Kubernetes allows for all annotations of an object, bytes. */
const MAX_BYTES = 192 * 1024;
const MAX_PASSED = 2;
/** Rolled-back releases that are remembered; the ledger knows them all. */
const MAX_ROLLED_BACK = 20;

/** What the annotations say; what cannot be read counts as nothing, since the ledger is the truth. */
export function readMemory({ metadata }: Pick<Deployment, "metadata">): GateMemory {
  const { annotations = {} } = metadata;
  const passed = parse(annotations[PASSED]) as readonly Packed[] | undefined;
  const rolledBack = parse(annotations[ROLLED_BACK]) as GateMemory["rolledBack"] | undefined;
  return { passed: (passed ?? []).flatMap(unpack), rolledBack: rolledBack ?? {} };
}

/** `memory` with a release that has just passed; its own rollbacks are forgiven. */
export function withPassed(memory: GateMemory, passed: PassedRelease): GateMemory {
  const before = memory.passed.filter((one) => one.digest !== passed.digest);
  const { [passed.digest]: _, ...rolledBack } = memory.rolledBack;
  return { passed: [passed, ...before].slice(0, MAX_PASSED), rolledBack };
}

/**
 * `memory` with a release that was taken back, which no other goes back to from then on, though it passed its
 * gate once; the oldest are forgotten.
 */
export function withRolledBack(memory: GateMemory, digest: string, back: RolledBack): GateMemory {
  const { [digest]: _, ...others } = memory.rolledBack;
  const kept = Object.entries(others).slice(1 - MAX_ROLLED_BACK);
  const passed = memory.passed.filter((one) => one.digest !== digest);
  return { passed, rolledBack: Object.fromEntries([...kept, [digest, back]]) };
}

/**
 * Writes it. Where it is too long, older sets are left out, which is said.
 * @throws LockstepError CLUSTER
 */
export async function writeMemory(
  app: ClusterApp,
  { deployment, memory, report }: MemoryToWrite,
): Promise<void> {
  const { cluster } = app;
  const { apiVersion, kind, metadata } = deployment;
  const { name, namespace, uid } = metadata;
  const annotations = annotate(memory, report);
  await cluster.request("PATCH", deploymentPath(cluster, name), {
    query: { fieldManager: MANAGER, force: true },
    // The uid: an apply to a Deployment that is gone must not make a new one.
    body: { apiVersion, kind, metadata: { name, namespace, uid, annotations } },
    contentType: "application/apply-patch+yaml",
    doing: `remember the gate's verdict on the Deployment ${name}`,
  });
}

/** What to write, and where. */
export interface MemoryToWrite {
  readonly deployment: Deployment;
  readonly memory: GateMemory;
  readonly report: Report;
}

function annotate(memory: GateMemory, report: Report): Record<string, string> {
  const rolledBack = JSON.stringify(memory.rolledBack);
  let kept = memory.passed;
  for (;;) {
    const passed = JSON.stringify(kept.map(pack));
    if (Buffer.byteLength(passed + rolledBack) <= MAX_BYTES || kept.length === 0) {
      return { [PASSED]: passed, [ROLLED_BACK]: rolledBack };
    }
    const lost = kept.at(-1)?.releaseId ?? "";
    report("warn", `what was applied for ${lost} is too long to keep: no rollback leads to it`);
    kept = kept.slice(0, -1);
  }
}

/** A passed release as the annotation has it: its set compressed. */
type Packed = Omit<PassedRelease, "set"> & { readonly set: string };

function pack({ set, ...passed }: PassedRelease): Packed {
  return { ...passed, set: gzipSync(JSON.stringify(set)).toString("base64") };
}

function unpack(packed: Packed): readonly PassedRelease[] {
  try {
    const set = gunzipSync(Buffer.from(packed.set, "base64")).toString();
    return [{ ...packed, set: JSON.parse(set) as AppliedSet }];
  } catch {
    return [];
  }
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
