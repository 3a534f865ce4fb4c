// Runs one rule over resources in the order of their registration.
import type { Checked, Json, Rule, Surroundings } from "../../../policies/rule.ts";

const PROD: Surroundings = { environment: "prod" };

/** What `rule` says of each resource of one run. */
export function judge(
  rule: Rule,
  resources: readonly Checked[],
  surroundings: Surroundings = PROD,
): readonly (readonly string[])[] {
  const check = rule.start();
  return resources.map((resource) => check(resource, surroundings));
}

/** A Step of lockstep's. */
export function step(props: Json): Checked {
  return { type: "lockstep:index:Step", props };
}

/** A Deployment with this pod. */
export function deployment(spec: Json): Checked {
  return { type: "kubernetes:apps/v1:Deployment", props: { spec: { template: { spec } } } };
}
