// The options that a component's children get.
import type * as pulumi from "@pulumi/pulumi";

/**
 * Options of a child of `parent`. Pulumi hands a component's `dependsOn` not on to its children, so
 * it is done here: a child starts no earlier than its component may.
 */
export function childOptions(
  parent: pulumi.ComponentResource,
  options: pulumi.ComponentResourceOptions,
): pulumi.CustomResourceOptions {
  const { dependsOn } = options;
  return dependsOn === undefined ? { parent } : { parent, dependsOn };
}
