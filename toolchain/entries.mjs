// What is compiled at first use: the program, the plugin, the command, our language host and the policy pack.

/**
 * Which npm packages stay outside a bundle, and which are replaced by a file of ours, is part of each entry.
 * @typedef {{ source: string, external: string[], replaced?: Readonly<Record<string, string>>, format: "esm" | "cjs" }} Entry
 */

/** libpg-query loads its WebAssembly file from beside itself; pg only tries to load pg-native; esbuild is a native program. */
const neverBundled = ["libpg-query", "pg-native", "esbuild"];

/**
 * The bundles by name.
 * @type {Readonly<Record<"program" | "package" | "provider" | "cli" | "languageHost" | "policies", Entry>>}
 */
export const entries = {
  // The program must share the SDK's one copy with cmd/run, which has loaded it already.
  program: {
    source: "index.ts",
    external: [...neverBundled, "@pulumi/pulumi/*"],
    // The kinds of @pulumi/kubernetes are bundled, so that they too take the parts and not the whole.
    replaced: {
      "@pulumi/pulumi": "toolchain/pulumiSdk.mjs",
      "@pulumi/pulumi/runtime": "toolchain/pulumiRuntime.mjs",
    },
    format: "esm",
  },
  // What other programs import; they load the whole SDK, of which these parts are the same copy.
  package: {
    source: "package/index.ts",
    external: [...neverBundled, "@pulumi/pulumi/*"],
    replaced: {
      "@pulumi/pulumi": "toolchain/pulumiSdk.mjs",
      "@pulumi/pulumi/runtime": "toolchain/pulumiRuntime.mjs",
    },
    format: "esm",
  },
  // Components are built in it too, for programs in other languages.
  provider: {
    source: "provider/main.ts",
    external: neverBundled,
    replaced: {
      "@pulumi/pulumi": "toolchain/pulumiSdk.mjs",
      "@pulumi/pulumi/runtime": "toolchain/pulumiRuntime.mjs",
    },
    format: "esm",
  },
  cli: { source: "cli/main.ts", external: [...neverBundled, "@pulumi/*"], format: "esm" },
  languageHost: {
    source: "toolchain/languageHost/main.mjs",
    external: neverBundled,
    format: "cjs",
  },
  // Pulumi's loader and the pack must share one copy of the SDK, which holds the stack's config.
  policies: { source: "policies/pack.ts", external: [...neverBundled, "@pulumi/*"], format: "esm" },
};
