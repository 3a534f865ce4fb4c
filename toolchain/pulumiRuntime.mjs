// What the compiled program takes from @pulumi/pulumi's `runtime`; see pulumiSdk.mjs.
// @ts-expect-error isConfigSecret is there, but left out of the types as internal
export { allConfig, isConfigSecret } from "@pulumi/pulumi/runtime/config.js";
export { call, invoke } from "@pulumi/pulumi/runtime/invoke.js";
export { getStackResource } from "@pulumi/pulumi/runtime/stack.js";
export { registerResourceOutputs } from "@pulumi/pulumi/runtime/resource.js";
export { isDryRun } from "@pulumi/pulumi/runtime/settings.js";
