// The provider's settings: from its resource's inputs, else from the environment, else the official defaults.
import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import type { Mutability } from "./forceNew.ts";

/** What a provider of this plugin works with. */
export interface Settings {
  readonly kubeConfig: KubeConfig;
  /** Where objects go that name no namespace: the provider's, or the context's. */
  readonly defaultNamespace: string | undefined;
  readonly mutable: Mutability;
  /** Create takes over an object that exists, instead of failing. */
  readonly upsert: boolean;
  /** Every apply overrides other field managers. */
  readonly patchForce: boolean;
}

/**
 * Reads the settings of a provider.
 * @throws Error where a kubeconfig or its context is missing, or where client-side apply is asked for, which this plugin has not
 */
export function readSettings(
  inputs: Readonly<Record<string, unknown>>,
  env: Readonly<NodeJS.ProcessEnv>,
): Settings {
  const flag = (name: string, variable: string, otherwise: boolean) => {
    const value = inputs[name] ?? env[variable] ?? "";
    return value === "" ? otherwise : value === true || value === "true";
  };
  if (!flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true)) {
    throw new Error("this test plugin has server-side apply only; remove enableServerSideApply");
  }
  const kubeConfig = loadKubeConfig(textOf(inputs.kubeconfig), textOf(inputs.context));
  const ofContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace;
  return {
    kubeConfig,
    defaultNamespace: textOf(inputs.namespace) ?? textOf(ofContext),
    mutable: {
      configMaps: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false),
      secrets: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
    },
    upsert: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
    patchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
  };
}

function loadKubeConfig(given: string | undefined, context: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (given === undefined) config.loadFromDefault();
  else if (existsSync(given)) config.loadFromFile(given);
  else config.loadFromString(given);
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null) {
    throw new Error(`the kubeconfig has no context "${config.getCurrentContext()}"`);
  }
  return config;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
