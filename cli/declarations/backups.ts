// The commands about backups.
import { Argument, Option, type Command } from "commander";
import type { BackupOptions } from "../commands/backup.ts";
import type { BackupsOptions } from "../commands/backups.ts";
import type { RestoreOptions } from "../commands/restore.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import { stackOption, yesOption } from "./sharedOptions.ts";

const fromOptions = () => [
  stackOption("whose backups").default("dev"),
  new Option(
    "--from <place>",
    "the folder or bucket (s3://BUCKET/PREFIX) of backups (default: where `pulumi up` of the stack keeps them)",
  ),
];

const tableOption = (description: string) =>
  new Option("--table <name>", description).argParser(
    (name, before: readonly string[] | undefined) => [...(before ?? []), name],
  );

const backups: Declaration<BackupsOptions> = {
  name: "backups",
  summary: "Shows a stack's backups, and the databases that a restore has kept",
  example: "lockstep backups --stack prod",
  exits: { 1: "with --prove: not proven; or the place cannot be read" },
  options: [
    ...fromOptions(),
    new Option("--prove <backup>", "try this one by a restore into a scratch server"),
    new Option(
      "--drill",
      "record that the provider's snapshot at LOCKSTEP_RESTORED_URL was restored and can be read",
    ).conflicts("prove"),
  ],
  cleanly: true,
  load: async () => (await import("../commands/backups.ts")).runBackups,
};

const backup: Declaration<BackupOptions> = {
  name: "backup",
  summary: "Takes a backup of the database and proves it by a restore",
  example: "lockstep backup before_the_fair --stack prod",
  exits: { 1: "failed, or the backup is not proven; the message says why" },
  args: [
    new Argument("[name]", "what to call it; such a one is never deleted (default: by its time)"),
  ],
  options: [
    stackOption("whose backup").default("dev"),
    new Option(
      "--to <place>",
      "a folder or s3://BUCKET/PREFIX (default: where `pulumi up` of the stack keeps them)",
    ),
    tableOption("only this table's rows, with the whole schema; may be given several times"),
  ],
  cleanly: true,
  load: async () => (await import("../commands/backup.ts")).runBackup,
};

const restore: Declaration<RestoreOptions> = {
  name: "restore",
  summary: "Restores a database from a backup or a dump, and keeps the present one until confirmed",
  example: "lockstep restore latest --stack prod --end-sessions",
  exits: {
    1: "failed, or not restored: the database is as it was",
    3: "refused: somebody is connected to the database",
    4: "a run is under way there",
  },
  args: [
    new Argument(
      "[backup]",
      "a backup's name, latest, or the path of a dump: pg_dump's own formats, SQL, SQL in gzip (default: shows them, asks for the newest proven)",
    ),
  ],
  options: [
    ...fromOptions(),
    new Option("--list", "show the backups, as `lockstep backups` does"),
    new Option(
      "--into <database>",
      "the database to restore, on the same server (default: that of DATABASE_URL)",
    ),
    tableOption("only this table's rows, into a table of its own; may be given several times"),
    new Option("--as <name>", "what that table is called (default: as it was, in a new schema)"),
    new Option("--end-sessions", "cut off whoever is connected to it"),
    new Option(
      "--server <dir>",
      "for a copy of a whole server: its folder (default: the stack's embedded one)",
    ),
    new Option("--no-owner", "leave out who owns what and who may do what"),
    new Option("--confirm <database>", "drop a database that a restore kept").conflicts("back"),
    new Option("--back <database>", "give a database that a restore kept its name back"),
    yesOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/restore.ts")).runRestore,
};

/** Adds them to `program`. */
export function declareBackups(program: Command, handle: CallHandler): void {
  declare(program, backup, handle);
  declare(program, backups, handle);
  declare(program, restore, handle);
}
