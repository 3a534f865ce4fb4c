// When a PersistentVolumeClaim is ready: bound, or waiting for a first pod where its class binds no earlier.
import { textAt, type Json } from "../kubeObject.ts";
import type { Check, CheckInput } from "./readiness.ts";

/** Pending is ready with volumeBindingMode WaitForFirstConsumer; so is Bound, after a pod came. */
export function claimCheck(): Check {
  return async (input) => {
    const phase = textAt(input.live, "status", "phase");
    const late = (await bindingModeOf(input)) === "WaitForFirstConsumer";
    const ready = phase === "Bound" || (late && phase === "Pending");
    const status = `PersistentVolumeClaim is ${phase ?? "not seen yet"}`;
    return { ready, status, problems: ready ? [] : [status] };
  };
}

async function bindingModeOf({ cluster, live }: CheckInput): Promise<string | undefined> {
  const name = textAt(live, "spec", "storageClassName");
  if (name === undefined || name === "") return undefined;
  const wanted: Json = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name },
  };
  return textAt(await cluster.find(wanted), "volumeBindingMode");
}
