// `lockstep restore` of a physical copy: the embedded server's data folder is exchanged.
import { readBackupKey } from "../engine/backup/backupKey.ts";
import { reporter } from "../engine/events.ts";
import { withReadable } from "../engine/restore/readable.ts";
import { restoreServer } from "../engine/restore/restoreServer.ts";
import type { Restored } from "../engine/restore/restoreWhole.ts";
import type { RestoreSource } from "../engine/restore/source.ts";
import { proofText } from "./backupList.ts";
import { askForYes } from "./consent.ts";
import type { CommandContext, Outcome } from "./context.ts";
import { unchanged } from "./keptDatabase.ts";
import { withRunLog } from "./runLog.ts";
import { formatTime } from "./terminal.ts";
import { readUserName } from "./userName.ts";

/** Which copy, and which server. */
export interface ServerChoice {
  readonly source: Extract<RestoreSource, { kind: "backup" }>;
  /** The server's folder. */
  readonly dir: string;
  readonly endSessions: boolean;
  readonly yes: boolean;
}

/** Says what will happen, asks, and restores. Throws as `restoreServer` does. */
export async function runServer(choice: ServerChoice, context: CommandContext): Promise<Outcome> {
  const { source, dir, endSessions, yes } = choice;
  const { manifest } = source;
  for (const line of [
    `${source.name}, taken ${formatTime(manifest.at)} for release ${manifest.release.label}, ${proofText(manifest)}`,
    `It is a copy of the whole server in ${dir}: all its databases and roles become those of the backup.`,
    "The server is stopped for a moment, and its data folder is kept beside the new one: what was written since the backup is there only.",
  ]) {
    context.say(line);
  }
  const question = `Restore ${source.name} in place of the server in ${dir}?`;
  const command = `lockstep restore ${source.name}${endSessions ? " --end-sessions" : ""}`;
  if (!(await askForYes(context, { yes, question, command }))) return unchanged({ restored: null });
  const log = {
    doing: `restore ${source.name} in ${dir}`,
    describe: ({ tables }: Restored) => `the server runs again, ${String(tables)} tables agree`,
  };
  const report = reporter("restore", context.sink);
  const { signal, env } = context;
  const by = await readUserName(context.cwd);
  const restored = await withRunLog(context, log, () =>
    withReadable(source, { key: readBackupKey(env), report, signal }, (readable) =>
      restoreServer({ source: readable, dir, endSessions, by, report, signal }),
    ),
  );
  const kept = restored.kept ?? "";
  return restoreOutcome(source.name, restored, [
    `what was there is kept in ${kept}; when all is well: rm -r ${kept}`,
    `to go back to it: stop the server (pg_ctl, or end the pid in ${dir}/data/postmaster.pid), then rm -r ${dir}/data && mv ${kept} ${dir}/data`,
  ]);
}

/** What a restore says at its end; `next` is about what was kept. */
export function restoreOutcome(from: string, restored: Restored, next: readonly string[]): Outcome {
  const { afterwards, ...facts } = restored;
  const { pendingAgain, active } = afterwards;
  return {
    json: { restored: { ...facts, from, pendingAgain, active: active ?? null } },
    lines: [...afterwards.lines, ...next],
  };
}
