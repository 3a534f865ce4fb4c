// The plugin as Pulumi's language host runs it; provider/pulumi-resource-lockstep is the same for the engine itself.
void Promise.all([import("../toolchain/launch.mjs"), import("../toolchain/project.mjs")]).then(
  ([{ launch }, { enterProjectFolder }]) => {
    enterProjectFolder();
    return launch("provider");
  },
);
