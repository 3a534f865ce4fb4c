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
