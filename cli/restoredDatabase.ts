// `lockstep restore` of a whole database.
import { readBackupKey } from "../engine/backup/backupKey.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { reporter } from "../engine/events.ts";
import { withReadable } from "../engine/restore/readable.ts";
import { type Restored, restoreWhole } from "../engine/restore/restoreWhole.ts";
import type { RestoreSource } from "../engine/restore/source.ts";
import { proofText } from "./backupList.ts";
import { askForYes } from "./consent.ts";
import type { CommandContext, Outcome } from "./context.ts";
import { unchanged } from "./keptDatabase.ts";
import { restoreOutcome } from "./restoredServer.ts";
import { withRunLog } from "./runLog.ts";
import { formatTime } from "./terminal.ts";
import { readUserName } from "./userName.ts";

/** What to restore as what. */
export interface DatabaseChoice {
  readonly source: RestoreSource;
  readonly target: DatabaseTarget;
  readonly endSessions: boolean;
  readonly noOwner: boolean;
  readonly yes: boolean;
}

/** Says what will happen, asks, and restores. Throws as `restoreWhole` does. */
export async function runDatabase(
  choice: DatabaseChoice,
  context: CommandContext,
): Promise<Outcome> {
  const { source, target, endSessions, noOwner, yes } = choice;
  for (const line of explain(choice)) context.say(line);
  const question = `Restore ${source.name} as ${target.database}?`;
  const command = `lockstep restore ${source.name}${endSessions ? " --end-sessions" : ""}`;
  if (!(await askForYes(context, { yes, question, command }))) return unchanged({ restored: null });
  const log = {
    doing: `restore ${source.name} at ${target.display} as ${target.user}`,
    describe: ({ tables, rows }: Restored) =>
      `${String(tables)} tables${rows === undefined ? "" : ` with ${String(rows)} rows, as the backup says`}`,
  };
  const report = reporter("restore", context.sink);
  const { signal, env } = context;
  const by = await readUserName(context.cwd);
  const restored = await withRunLog(context, log, () =>
    withReadable(source, { key: readBackupKey(env), report, signal }, (readable) =>
      restoreWhole({ source: readable, target, endSessions, noOwner, by, report, signal }),
    ),
  );
  return restoreOutcome(source.name, restored, keptNext(restored));
}

function explain({ source, target, endSessions }: DatabaseChoice): readonly string[] {
  const what =
    source.kind === "backup"
      ? `${source.name}, taken ${formatTime(source.manifest.at)} for release ${source.manifest.release.label}, ${proofText(source.manifest)}`
      : `${source.name}: a dump that nothing vouches for; its rows cannot be compared`;
  return [
    what,
    `It is restored into a new database, which then gets the name ${target.database} at ${target.display}.`,
    "What has that name now is kept under another one, and takes no connections: what was written since the backup is there only.",
    endSessions
      ? "Whoever is connected then is cut off, and finds the restored database when it connects again."
      : "If somebody is connected, it is refused.",
  ];
}

function keptNext({ kept, refused }: Restored): readonly string[] {
  return [
    ...refused.map((sql) => `only a superuser can do this: ${sql}`),
    ...(kept === undefined
      ? []
      : [
          `what was there is kept as ${kept}; when all is well: lockstep restore --confirm ${kept}`,
          `to go back to it: lockstep restore --back ${kept}`,
        ]),
  ];
}
