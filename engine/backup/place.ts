// Where backups are kept: a folder, or a bucket of an S3-compatible store.
import { join } from "node:path";

/** Whether backups go to a bucket: `s3://bucket/prefix`. */
export function isBucket(place: string): boolean {
  return place.startsWith("s3://");
}

/** A stack's backups below `base`, a folder or a bucket. */
export function backupPlace(base: string, project: string, stack: string): string {
  if (!isBucket(base)) return join(base, project, stack, "backups");
  return `${base.replace(/\/+$/, "")}/${project}/${stack}/backups`;
}

/** Bucket and prefix of `s3://bucket/prefix`; undefined for anything else. */
export function bucketParts(
  text: string,
): { readonly bucket: string; readonly prefix: string } | undefined {
  const found = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text);
  if (found?.[1] === undefined) return undefined;
  return { bucket: found[1], prefix: (found[2] ?? "").replace(/^\/+|\/+$/g, "") };
}
