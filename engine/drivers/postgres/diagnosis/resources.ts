// What the server ran out of, or does not have: disk, memory, connections, slots, extensions, versions.
import type { Entry } from "./entry.ts";

const AGAIN = "then run the same command again";

/** SQLSTATE classes 53, 54, 58, XX and 0A. */
export const RESOURCES: readonly Entry[] = [
  {
    id: "disk-full",
    codes: ["53100"],
    ask: "disk",
    likely: [
      "the server's disk is full, and {slots} keep old WAL on it that nobody fetches",
      "the server's disk is full",
    ],
    next: [
      `free space on the server's disk ({dataDirectory}); what the slots keep back goes with:\n{dropSlots}\n${AGAIN}`,
      `free space on the server's disk ({dataDirectory}), ${AGAIN}`,
      `free space on the server, ${AGAIN}`,
    ],
  },
  {
    id: "temp-file-limit",
    codes: ["53400"],
    when: { names: /temp_file_limit/ },
    ask: "settings",
    likely: [
      "a sort or an index build needs more than temp_file_limit ({temp_file_limit}) of temporary files",
      "a sort or an index build needs more temporary files than temp_file_limit allows",
    ],
    next: [
      `as a superuser: ALTER ROLE {role} SET temp_file_limit = '-1'; ${AGAIN}`,
      `raise temp_file_limit for this role, ${AGAIN}`,
    ],
  },
  {
    id: "no-slot-left",
    codes: ["53400"],
    when: { names: /max_replication_slots/ },
    ask: "disk",
    likely: "all replication slots are in use",
    next: [
      `as a role with REPLICATION, for those that nobody uses any more:\n{dropSlots}\nor raise max_replication_slots and restart; ${AGAIN}`,
      `drop a slot that nobody uses (pg_replication_slots, pg_drop_replication_slot), or raise max_replication_slots and restart; ${AGAIN}`,
    ],
  },
  {
    id: "limit-of-configuration",
    codes: ["53400"],
    likely: "a limit of the server's configuration is reached; the message names it",
    next: `raise it, ${AGAIN}`,
  },
  {
    id: "out-of-locks",
    codes: ["53200"],
    when: { names: /max_locks_per_transaction|max_pred_locks_per_transaction/ },
    ask: "settings",
    likely: [
      "one transaction touches more tables, partitions or advisory locks than the lock table holds (max_locks_per_transaction is {max_locks_per_transaction})",
      "one transaction touches more tables, partitions or advisory locks than the lock table holds",
    ],
    next: [
      `split the file; or as a superuser, with a restart of the server: ALTER SYSTEM SET max_locks_per_transaction = {more_locks};`,
      "split the file, or raise max_locks_per_transaction and restart the server",
    ],
  },
  {
    id: "no-prepared-transaction-left",
    codes: ["53200", "55000"],
    when: { names: /max_prepared_transactions/ },
    ask: "settings",
    likely: [
      "all prepared transactions are taken, or there may be none (max_prepared_transactions is {max_prepared_transactions})",
      "all prepared transactions are taken, or there may be none",
    ],
    next: "end those that were left behind (SELECT gid FROM pg_prepared_xacts; ROLLBACK PREPARED 'gid';), or raise max_prepared_transactions and restart the server",
  },
  {
    id: "out-of-memory",
    codes: ["53200"],
    ask: "settings",
    likely: [
      "the server is out of memory; this session may use {work_mem} for each sort and {maintenance_work_mem} for an index",
      "the server is out of memory",
    ],
    next: `lower work_mem or maintenance_work_mem at the head of the file (SET LOCAL maintenance_work_mem = '16MB';), or give the server more, ${AGAIN}`,
  },
  {
    id: "too-many-connections",
    codes: ["53300"],
    likely: "all of the server's connections are taken",
    next: "close idle sessions or raise max_connections, then run the same command again",
  },
  {
    id: "index-row-too-big",
    codes: ["54000"],
    when: { routine: /^index_form_tuple|^_bt_check_third_page|^_bt_insert|^gist|^gin|^ginEntry/i },
    ask: "settings",
    likely:
      "a value of the indexed column is longer than an index's page can take (2704 bytes of btree, compressed)",
    next: [
      "index a digest of it: CREATE INDEX ... ON {table} (md5({column})); and look it up by md5(...), or use a hash or gin index",
      "index a digest of it, (md5(column)), and look it up by that, or use a hash or gin index",
    ],
  },
  {
    id: "too-many-columns",
    codes: ["54011"],
    likely: "a table has at most 1600 columns, and dropped ones count until the table is rebuilt",
    next: "move the columns into a table of their own, or make the table anew",
  },
  {
    id: "too-complex",
    codes: ["54001"],
    likely: "the statement is nested too deeply, or a trigger calls itself without end",
    next: "split the statement; look for a trigger that fires itself (pg_trigger_depth())",
  },
  {
    id: "beyond-a-limit",
    codes: ["54000", "54023"],
    likely: "a fixed limit of PostgreSQL is reached; the message names it",
    next: "make the value or the statement smaller",
  },
  {
    id: "extension-not-installed",
    codes: ["0A000", "58P01"],
    when: { routine: /extension_control_file|^read_extension|^get_ext_ver/ },
    ask: "settings",
    likely: [
      "the server's machine does not have the files of the extension {extension}",
      "the server's machine does not have the extension's files",
    ],
    next: [
      `install them on the server's machine (Debian: apt-get install {package}; managed services: their list of extensions), ${AGAIN}`,
      `install the extension's package on the server's machine, ${AGAIN}`,
    ],
  },
  {
    id: "needs-preload",
    codes: ["55000", "0A000", "XX000"],
    when: { names: /shared_preload_libraries/ },
    likely: "the extension's library must be loaded at the server's start",
    next: "as a superuser, with a restart of the server: ALTER SYSTEM SET shared_preload_libraries = '...';",
  },
  {
    id: "missing-server-file",
    codes: ["58P01", "58P02"],
    likely:
      "a file or library that the statement names is not on the server's machine (it is not looked for on yours)",
    next: "put it there where the server's user can read it, or use another way: data by a backfill or COPY through psql",
  },
  {
    id: "io-error",
    codes: ["58030", "58000"],
    likely: "the server's disk or operating system failed",
    next: "look at the server's log and disk before anything else; take a backup",
  },
  {
    id: "needs-wal-level",
    codes: ["55000"],
    when: { names: /wal_level/ },
    ask: "settings",
    likely: [
      "replication slots and publications need more in the WAL than wal_level = {wal_level} writes",
      "replication slots and publications need more in the WAL than wal_level writes",
    ],
    next: "as a superuser, with a restart of the server: ALTER SYSTEM SET wal_level = 'logical';",
  },
  {
    id: "not-supported",
    codes: ["0A000"],
    ask: "settings",
    likely: ["PostgreSQL {version} cannot do that", "this server version cannot do that"],
    next: "check the server's version against the documentation of the statement",
  },
  {
    id: "data-corrupted",
    codes: ["XX001", "XX002"],
    likely: "a page of a table or index on the server's disk is damaged",
    next: "stop here and look to the disk and the backups; a damaged index alone is made anew with REINDEX INDEX CONCURRENTLY",
  },
];
