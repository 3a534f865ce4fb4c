// Names of backups, and of folders that are not yet one.

const PREFIX = "backup_before_migration_";
const ID = /^backup_before_migration_\d{8}_\d{6}(?:_\d+)?$/;
const UNFINISHED = /^\.unfinished_/;

/** `backup_before_migration_20260105_143025`: UTC, so that names sort by time on every machine. */
export function backupId(at: Date): string {
  const digits = at.toISOString().replace(/\D/g, "");
  return `${PREFIX}${digits.slice(0, 8)}_${digits.slice(8, 14)}`;
}

/** A name that somebody gives: it becomes a folder's, and part of commands. */
const GIVEN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** Whether a person may call a backup `name`; not as lockstep's own are called, which are deleted by age. */
export function isGivenName(name: string): boolean {
  return GIVEN.test(name) && !name.startsWith(PREFIX);
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
