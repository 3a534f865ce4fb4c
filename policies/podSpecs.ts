// The pods that a resource will make: native kinds with a pod template, and the Jobs of lockstep's steps.
import { json, list, STEP, type Checked, type Json } from "./rule.ts";

/** A pod, or what a template override says of one. */
export interface PodSpec {
  readonly spec: Json;
  /** For messages: `pod`, `pod template`. */
  readonly where: string;
  /** A step's override: its container `lockstep` is described elsewhere. */
  readonly isOverride: boolean;
}

/** The container of a step's Job that is lockstep's own. */
export const OWN_CONTAINER = "lockstep";

const WITH_TEMPLATE = new Set([
  "kubernetes:apps/v1:DaemonSet",
  "kubernetes:apps/v1:Deployment",
  "kubernetes:apps/v1:ReplicaSet",
  "kubernetes:apps/v1:StatefulSet",
  "kubernetes:batch/v1:Job",
  "kubernetes:core/v1:ReplicationController",
]);

/** The pods that `resource` will make. */
export function podSpecsOf({ type, props }: Checked): readonly PodSpec[] {
  const spec = json(props.spec);
  if (type === "kubernetes:core/v1:Pod") return [{ spec, where: "pod", isOverride: false }];
  if (type === "kubernetes:batch/v1:CronJob") {
    const job = json(json(spec.jobTemplate).spec);
    return [{ spec: templateSpec(job.template), where: "pod template", isOverride: false }];
  }
  if (WITH_TEMPLATE.has(type)) {
    return [{ spec: templateSpec(spec.template), where: "pod template", isOverride: false }];
  }
  const executor = executorOf({ type, props });
  if (executor?.podTemplate === undefined) return [];
  const where = "executor.podTemplate";
  return [{ spec: templateSpec(executor.podTemplate), where, isOverride: true }];
}

/** A step's executor, where that makes a Job. */
export function executorOf({ type, props }: Checked): Json | undefined {
  const executor = json(props.executor);
  return type === STEP && executor.kind === "kubernetes" ? executor : undefined;
}

/** A container and the place that messages name. */
export interface Container {
  readonly container: Json;
  readonly where: string;
}

/** All containers of a pod. */
export function containersOf({ spec, where }: PodSpec): readonly Container[] {
  const kinds = ["initContainers", "containers", "ephemeralContainers"];
  return kinds.flatMap((kind) =>
    list(spec[kind]).map((container, i) => {
      const name = typeof container.name === "string" ? `"${container.name}"` : `number ${i + 1}`;
      return { container, where: `container ${name} of the ${where}` };
    }),
  );
}

function templateSpec(template: unknown): Json {
  return json(json(template).spec);
}
