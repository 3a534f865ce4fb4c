// The platforms by name; only the one that a stack runs on is loaded.
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesArgs } from "./kubernetes/args.ts";
import type { Platform } from "./platform.ts";

/** What a platform is made with. */
export type PlatformArgs = { readonly kind: "local" } | KubernetesArgs;

/**
 * The platform that a stack's config names. On kubernetes this registers what all that runs there
 * needs: provider, namespace, migrations, volume for backups. `options` are those of that component.
 */
export async function choosePlatform(
  args: PlatformArgs,
  options: pulumi.ComponentResourceOptions = {},
): Promise<Platform> {
  if (args.kind === "local") return (await import("./local.ts")).localPlatform;
  const { KubernetesPlatform } = await import("./kubernetes/kubernetesPlatform.ts");
  return new KubernetesPlatform("cluster", args, options);
}
