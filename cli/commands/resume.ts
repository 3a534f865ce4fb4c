// `lockstep resume`: shows what an ended run has left open, then goes on with that and nothing else.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { reporter } from "../../engine/events.ts";
import { migrate, type MigrateResult } from "../../engine/run/migrate.ts";
import { readOpen, type OpenFile, type OpenWork } from "../../engine/run/open.ts";
import type { CommandRun } from "../context.ts";
import {
  type BackfillOptions,
  type FolderOptions,
  type LeftoversOption,
  type LimitOptions,
} from "../declarations/sharedOptions.ts";
import { describeFolder, loadMigrations } from "../files.ts";
import { runLimits } from "../runLimits.ts";
import { withRunLog } from "../runLog.ts";
import { readApproval } from "../stackFile.ts";
import { readStackLimits } from "../stackSettings.ts";

/** What `lockstep resume` takes. */
export interface ResumeOptions
  extends FolderOptions, LimitOptions, LeftoversOption, BackfillOptions {}

/** Finishes files that were begun, and a first set-up that was cut short. */
export const runResume: CommandRun<ResumeOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const open = await withConnection(target, { applicationName: "lockstep:resume" }, readOpen);
  for (const line of describeOpen(open)) context.say(line);
  if (open.files.length === 0 && open.initialThrough === undefined) {
    return { json: { open: false, applied: [] }, lines: [] };
  }
  const migrations = await loadMigrations(options);
  const approval = await readApproval(context.cwd, options.stack);
  const own = await readStackLimits(context.cwd, options.stack);
  const log = {
    doing: `resume: ${describeFolder(options)} to ${target.display} as ${target.user}`,
    describe: ({ applied }: MigrateResult) =>
      applied.length === 0 ? "nothing was left to do" : `finished ${applied.join(", ")}`,
  };
  const result = await withRunLog(context, log, () =>
    migrate({
      target,
      migrations,
      stage: "all",
      through: undefined,
      openOnly: true,
      stack: options.stack,
      approval,
      release: undefined,
      limits: {
        wait: { attempts: 1, intervalMs: 1 },
        ...runLimits(options, own),
      },
      report: reporter("resume", context.sink),
      signal: context.signal,
    }),
  );
  return { json: { open: true, applied: result.applied }, lines: [] };
};

function describeOpen(open: OpenWork): readonly string[] {
  const { files, initialThrough, activeRelease } = open;
  return [
    ...files.map((file) => `${file.file} was begun and not ended: ${describeFile(file)}`),
    ...(initialThrough === undefined
      ? []
      : [`the first set-up of this database, through ${initialThrough}, is not through`]),
    ...(files.length === 0 && initialThrough === undefined ? ["no migration is left open"] : []),
    ...(activeRelease === undefined
      ? []
      : [`release ${activeRelease} is under way: its own \`pulumi up\` goes on with it`]),
  ];
}

function describeFile({ done, startedAt, backfilledRows }: OpenFile): string {
  if (backfilledRows !== null) return `${backfilledRows.toLocaleString("en")} rows are filled`;
  const ended = `${String(done)} ${done === 1 ? "statement" : "statements"} done`;
  return startedAt === null ? ended : `${ended}, one begun`;
}
