// Names of backups, and of folders that are not yet one.

const PREFIX = "backup_before_migration_";
const ID = /^backup_before_migration_\d{8}_\d{6}(?:_\d+)?$/;
const UNFINISHED = /^\.unfinished_/;

/** `backup_before_migration_20260105_143025`: UTC, so that names sort by time on every machine. */
export function backupId(at: Date): string {
  const digits = at.toISOString().replace(/\D/g, "");
  return `${PREFIX}${digits.slice(0, 8)}_${digits.slice(8, 14)}`;
}

/** Whether a folder called `name` may be a backup. */
export function isBackupId(name: string): boolean {
  return ID.test(name);
}

/** What a backup that is being written is called; `nonce` keeps two of the same second apart. */
export function unfinishedName(id: string, nonce: string): string {
  return `.unfinished_${id}_${nonce}`;
}

/** Whether `name` is of a backup that was being written. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}
