// What the compiled program takes from @pulumi/pulumi: the parts it uses, without the compiler and the package manager that the whole loads.

// The whole SDK loads TypeScript and npm's arborist, which only serve to save functions as source text (dynamic providers, which
// lockstep doesn't use): half of an empty program's time. These files are the ones that the whole passes on, and Node keeps one
// copy of each, so that cmd/run and the program see the same classes and settings.
export { InputPropertiesError, InputPropertyError, RunError } from "@pulumi/pulumi/errors.js";
export { getOrganization, getProject, getStack } from "@pulumi/pulumi/metadata.js";
export { all, Output, output, secret, unsecret } from "@pulumi/pulumi/output.js";
export {
  ComponentResource,
  CustomResource,
  mergeOptions,
  ProviderResource,
  rootStackResource,
} from "@pulumi/pulumi/resource.js";
export * as log from "./pulumiLog.mjs";
export * as runtime from "./pulumiRuntime.mjs";
