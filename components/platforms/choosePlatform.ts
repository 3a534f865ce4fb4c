// The platforms by name; only the one that a stack runs on is loaded.
import type * as pulumi from "@pulumi/pulumi";
import type { BackupStore } from "../../provider/schema.ts";
import type { KubernetesArgs } from "./kubernetes/args.ts";
import type { Platform } from "./platform.ts";

/** What a platform is made with. */
export type PlatformArgs = LocalArgs | KubernetesArgs;

/** What the local platform is made with. */
export interface LocalArgs {
  readonly kind: "local";
  /** Secret: where backups go, and how they are sealed. @default a folder of this machine */
  readonly backupStore?: BackupStore;
}

/** Makes a platform: on kubernetes it registers component `name` with what all that runs there needs. */
export type PlatformMaker = (name: string, options: pulumi.ComponentResourceOptions) => Platform;

/** Loads the platform that a stack's config names; nothing is registered yet. */
export async function choosePlatform(args: PlatformArgs): Promise<PlatformMaker> {
  if (args.kind === "local") {
    const { backupStore } = args;
    const { localPlatform, localPlatformWith } = await import("./local.ts");
    return () => (backupStore ? localPlatformWith(backupStore) : localPlatform);
  }
  const { KubernetesPlatform } = await import("./kubernetes/kubernetesPlatform.ts");
  return (name, options) => new KubernetesPlatform(name, args, options);
}
