// What the compiled program takes from @pulumi/pulumi's `log`; see pulumiSdk.mjs.
export { warn } from "@pulumi/pulumi/log/index.js";
