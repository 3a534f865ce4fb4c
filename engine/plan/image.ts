// What an image reference tells of the image's content.
import { createHash } from "node:crypto";

/** An image as a part of a release's identity. */
export interface ImageIdentity {
  /** sha256, hex: the image's own digest, or of the reference where that has none. */
  readonly digest: string;
  /** Whether it is the image's own: a tag can be moved to other content, and nothing here would tell. */
  readonly pinned: boolean;
}

/**
 * The identity of the image that `reference` names. With a digest, registry, name and tag don't count: the same
 * image from a mirror is the same release.
 */
export function imageIdentity(reference: string): ImageIdentity {
  const own = /@sha256:([0-9a-f]{64})$/.exec(reference)?.[1];
  if (own !== undefined) return { digest: own, pinned: true };
  const digest = createHash("sha256").update(`image ${reference}`).digest("hex");
  return { digest, pinned: false };
}
