// The platforms by name; only the one that a stack runs on is loaded.
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesArgs } from "./kubernetes/args.ts";
import type { Platform } from "./platform.ts";

/** What a platform is made with. */
export type PlatformArgs = { readonly kind: "local" } | KubernetesArgs;

/** Makes a platform: on kubernetes it registers component `name` with what all that runs there needs. */
export type PlatformMaker = (name: string, options: pulumi.ComponentResourceOptions) => Platform;

/** Loads the platform that a stack's config names; nothing is registered yet. */
export async function choosePlatform(args: PlatformArgs): Promise<PlatformMaker> {
  if (args.kind === "local") {
    const { localPlatform } = await import("./local.ts");
    return () => localPlatform;
  }
  const { KubernetesPlatform } = await import("./kubernetes/kubernetesPlatform.ts");
  return (name, options) => new KubernetesPlatform(name, args, options);
}
