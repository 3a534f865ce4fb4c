// What the compiled program takes from @pulumi/pulumi's `runtime`; see pulumiSdk.mjs.
export { allConfig } from "@pulumi/pulumi/runtime/config.js";
export { getStackResource } from "@pulumi/pulumi/runtime/stack.js";
