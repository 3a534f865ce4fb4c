// Who owns a field: the name that this plugin applies under, and what a plain create left to it.
import { randomBytes } from "node:crypto";
import { annotationOf, asJson, listAt, textAt, type Json } from "./kubeObject.ts";

/** Managers of older or plain writes whose fields an apply takes over without asking (official: fixCSAFieldManagers). */
const TAKEN_OVER: ReadonlySet<string> = new Set([
  "kubectl Apply",
  "kubectl Update",
  "before-first-apply Update",
  "pulumi-kubernetes Update",
  "pulumi-kubernetes.exe Update",
  "pulumi-resource-kubernetes Update",
]);

/** The field manager of an object: its annotation's, else the one that state remembers, else a new random name. */
export function managerOf(inputs: Json, remembered?: string): string {
  const named = annotationOf(inputs, "pulumi.com/patchFieldManager");
  if (named !== undefined && named !== "") return named;
  return remembered ?? `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}

/**
 * The JSON patch after which all that `manager` or its predecessors wrote plainly is what `manager`
 * applied. Without it an apply would conflict with its own create, because the server tells a manager's
 * Update from its Apply.
 * @returns undefined where there is nothing to take over
 */
export function takeOverPatch(live: Json, manager: string): readonly Json[] | undefined {
  const entries = listAt(live, "metadata", "managedFields");
  const isTaken = (one: Json) =>
    one.subresource === undefined &&
    (isPlainWriteOf(one, manager) ||
      TAKEN_OVER.has(`${String(one.manager)} ${String(one.operation)}`));
  const taken = entries.filter(isTaken);
  const [first] = taken;
  if (first === undefined) return undefined;
  const isOwn = (one: Json) => one.manager === manager && one.operation === "Apply";
  const fields = [...entries.filter(isOwn), ...taken].map((one) => asJson(one.fieldsV1) ?? {});
  const merged = { ...first, manager, operation: "Apply", fieldsV1: fields.reduce(union, {}) };
  const kept = entries.filter((one) => !isTaken(one) && !isOwn(one));
  return [
    { op: "replace", path: "/metadata/managedFields", value: [...kept, merged] },
    {
      op: "replace",
      path: "/metadata/resourceVersion",
      value: textAt(live, "metadata", "resourceVersion"),
    },
  ];
}

function isPlainWriteOf(entry: Json, manager: string): boolean {
  return entry.manager === manager && entry.operation === "Update";
}

/** The union of two sets of fields in the server's form (fieldsV1): nested objects by name. */
function union(one: Json, other: Json): Json {
  const merged = { ...one };
  for (const [name, inner] of Object.entries(other)) {
    merged[name] = union(asJson(merged[name]) ?? {}, asJson(inner) ?? {});
  }
  return merged;
}

/** Whether a dry run must not ask whose the fields are: before a real update they would be taken over. */
export function hasPlainWrites(live: Json, manager: string): boolean {
  return takeOverPatch(live, manager) !== undefined;
}
