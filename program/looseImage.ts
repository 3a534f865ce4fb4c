// What a tag in place of a digest costs, told in every preview and up.
import * as pulumi from "@pulumi/pulumi";
import { imageIdentity } from "../engine/plan/image.ts";
import type { StackConfig } from "./readConfig.ts";

/** Warns where the app's image is named by a tag alone. Prod and promotions refuse that in the config already. */
export async function warnOfLooseImage({ app }: StackConfig): Promise<void> {
  const { artifact } = app;
  if (artifact.kind !== "image" || imageIdentity(artifact.image).pinned) return;
  await pulumi.log.warn(
    `lockstep:app.image ${artifact.image} has no digest: another image under the same tag would count as the same release, ` +
      "and no other stack can promote this one. Name it with its digest: NAME@sha256:…",
  );
}
