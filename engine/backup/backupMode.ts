// How a server is told that its files are copied while it runs.

/**
 * SQL that begins (with a label as its parameter) and ends the copying of a server's files; the end's column `label` is the text
 * of backup_label. PostgreSQL 15 renamed these functions when it dropped the exclusive mode, which 13 and 14 take unless told
 * otherwise.
 */
export function backupMode(major: number): { readonly start: string; readonly stop: string } {
  const [start, stop] =
    major >= 15
      ? ["pg_backup_start($1, fast => true)", "pg_backup_stop(wait_for_archive => false)"]
      : [
          "pg_start_backup($1, fast => true, exclusive => false)",
          "pg_stop_backup(exclusive => false, wait_for_archive => false)",
        ];
  return { start: `SELECT ${start}`, stop: `SELECT labelfile AS label FROM ${stop}` };
}
