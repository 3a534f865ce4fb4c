// Takes back what the stack promoted, from the moment in which an update begins until it has ended well.
import * as pulumi from "@pulumi/pulumi";

/**
 * Puts `promotion` out as a text that says why there is nothing. The engine keeps a stack's old outputs
 * where an update fails, and lays over them what was registered before that; the outputs at the end of
 * a good update replace it all (CLI 3.245 and 3.255: step_executor.go, stackOutputsEvent). Without this a failed
 * update would go on promoting the release before. Does nothing in a preview.
 */
export function beginPromotion(label: string): void {
  const stack = pulumi.runtime.getStackResource();
  if (stack === undefined || pulumi.runtime.isDryRun()) return;
  const promotion = `nothing: its last update, of release ${label}, failed or is still under way`;
  pulumi.runtime.registerResourceOutputs(stack, { promotion });
}
