// Which kinds are waited for, and for how long: the official plugin's defaults.
import type { Json } from "../kubeObject.ts";
import { claimCheck } from "./claim.ts";
import { deploymentCheck } from "./deployment.ts";
import { jobCheck } from "./job.ts";
import { podCheck } from "./pod.ts";
import type { AwaitRule } from "./readiness.ts";
import { serviceCheck } from "./service.ts";
import { statefulSetCheck } from "./statefulSet.ts";

const MINUTE_MS = 60_000;

const RULES: Readonly<Record<string, AwaitRule>> = {
  "apps/v1/Deployment": { check: deploymentCheck, timeoutMs: 10 * MINUTE_MS, onRead: true },
  "apps/v1/StatefulSet": { check: statefulSetCheck, timeoutMs: 10 * MINUTE_MS, onRead: true },
  "batch/v1/Job": { check: jobCheck, timeoutMs: 10 * MINUTE_MS, onRead: true },
  "v1/PersistentVolumeClaim": { check: claimCheck, timeoutMs: 5 * MINUTE_MS, onRead: false },
  "v1/Pod": { check: podCheck, timeoutMs: 10 * MINUTE_MS, onRead: true },
  "v1/Service": { check: serviceCheck, timeoutMs: 10 * MINUTE_MS, onRead: true },
};

/** Kinds that skipAwait also keeps from being waited for at their end. */
const END_SKIPPED: ReadonlySet<string> = new Set([
  "apps/v1/DaemonSet",
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "batch/v1/Job",
  "v1/Namespace",
  "v1/Pod",
]);

/** An object's kind as rules name it: `apps/v1/Deployment`. */
export function kindOf(object: Json): string {
  return `${String(object.apiVersion)}/${String(object.kind)}`;
}

/** The rule for an object's kind, where it is waited for. */
export function ruleFor(object: Json): AwaitRule | undefined {
  return RULES[kindOf(object)];
}

/** How long an object's end may take, ms. */
export function endTimeoutMs(object: Json): number {
  const isLong = ["apps/v1/Deployment", "apps/v1/StatefulSet"].includes(kindOf(object));
  return (isLong ? 10 : 5) * MINUTE_MS;
}

/** Whether skipAwait on this kind means its end too. */
export function skipsEnd(object: Json): boolean {
  return END_SKIPPED.has(kindOf(object));
}
