// `lockstep sync`: from a wanted schema to migrations that are written, checked and proven.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { toSnakeCase } from "../../engine/sources/migrationName.ts";
import { listMigrationFiles, writeNewMigration } from "../../engine/sources/scaffold.ts";
import type { DesiredSchema } from "../../engine/sync/desired.ts";
import type { Rename } from "../../engine/sync/renames.ts";
import { draftSync, type SyncDraft } from "../../engine/sync/sync.ts";
import { readWanted } from "../../engine/sync/wantedSource.ts";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { readDriftPolicy } from "../driftPolicy.ts";
import { loadMigrations } from "../files.ts";
import { HIDDEN_SERVER } from "../rehearsalLook.ts";
import { namesDatabase } from "../seenDatabase.ts";
import { readRuleLevels } from "../stackLint.ts";
import { readStackLimits, readStackRehearsal, readWantedSchema } from "../stackSettings.ts";
import { offerApply, offerBackup } from "../syncApply.ts";
import { recreate } from "../syncRecreate.ts";
import { readState } from "../syncState.ts";
import { draftDocument, draftLines, isWhole } from "../syncView.ts";

/** What `lockstep sync` takes. */
export interface SyncOptions extends FolderOptions {
  readonly schema?: string;
  readonly check?: boolean;
  readonly auto?: boolean;
  readonly recreate?: boolean;
  /** Words for the names of the files. */
  readonly name?: string;
  readonly fromFiles?: boolean;
  readonly backup?: boolean;
}

/** Shows the state, drafts, and writes after a yes; the database changes only where that is asked for and answered. */
export const runSync: CommandRun<SyncOptions> = async (options, context) => {
  await ensureMayWrite(options, context);
  if (options.recreate) return recreate(options, context);
  const desired = await wantedOf(options, context);
  const isAlone = options.fromFiles === true || !namesDatabase(context.env);
  const state = isAlone ? undefined : await readState(options, context);
  for (const line of state?.lines ?? ["compared with what the files make; no database is asked"])
    context.say(line);
  const draft = await draftOf(desired, { options, context, isAlone });
  const shown = { ...draftDocument(draft), state: state?.json ?? null };
  if (draft.differences.length === 0)
    return { json: { ...shown, written: [] }, lines: ["nothing to do: the schemas are the same"] };
  for (const line of draftLines(draft, { sql: !options.check && !options.auto })) context.say(line);
  if (options.check)
    return { json: { ...shown, written: [] }, lines: [], exitCode: EXIT_CODES.failed };
  if (draft.files.length === 0) return notWhole({ ...shown, written: [] }, [], draft);
  return finish(draft, { shown, options, context, isAlone });
};

/** A yes, the files, and what comes after. */
async function finish(
  draft: SyncDraft,
  rest: {
    readonly shown: Readonly<Record<string, unknown>>;
    readonly options: SyncOptions;
    readonly context: CommandContext;
    readonly isAlone: boolean;
  },
): Promise<Outcome> {
  const { shown, options, context, isAlone } = rest;
  const count = String(draft.files.length);
  if (!options.auto && !(await context.ask(`Write these ${count} migrations?`)))
    return {
      json: { ...shown, written: [] },
      lines: ["nothing was written"],
      exitCode: EXIT_CODES.failed,
    };
  const written = await write(draft, options);
  const json = { ...shown, written };
  const lines = written.map((file) => `wrote ${file}`);
  if (options.backup && !isAlone) await offerBackup(options, context);
  if (!isWhole(draft)) return notWhole(json, lines, draft);
  const next = ["read them, then: lockstep lint, lockstep rehearse, lockstep migrate, git add"];
  if (options.auto || isAlone) return { json, lines: [...lines, ...next] };
  for (const line of lines) context.say(line);
  const applied = await offerApply(options, context);
  return { json: { ...json, applied }, lines: applied ? [] : next };
}

function notWhole(
  json: Readonly<Record<string, unknown>>,
  lines: readonly string[],
  { files }: SyncDraft,
): Outcome {
  const next = [
    "the draft is not whole: see to what is named above, then run lockstep sync once more",
    ...files
      .filter(({ draft }) => draft.phase === "rename" || draft.phase === "change")
      .map(({ plan }) => `the steps that a release can take: lockstep rewrite ${plan.number}`),
  ];
  return { json, lines: [...lines, ...next], exitCode: EXIT_CODES.failed };
}

async function write(
  draft: SyncDraft,
  { migrations: dir }: SyncOptions,
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { plan } of draft.files) written.push(...(await writeNewMigration(dir, plan)));
  return written;
}

async function draftOf(
  desired: DesiredSchema,
  {
    options,
    context,
    isAlone,
  }: {
    readonly options: SyncOptions;
    readonly context: CommandContext;
    readonly isAlone: boolean;
  },
): Promise<SyncDraft> {
  const { env, cwd, signal, sink } = context;
  const { stack, migrations: dir } = options;
  const existing = await listMigrationFiles(dir);
  const migrations =
    existing.length === 0 && options.format === undefined ? [] : await loadMigrations(options);
  const foreign = migrations.find((file) => file.foreign)?.foreign;
  if (foreign && !options.check) throw foreignFolder(dir, foreign.format);
  const { server, isHidden } = await readStackRehearsal(context, stack);
  if (isHidden) context.say(HIDDEN_SERVER, "warn");
  return draftSync({
    ...{ migrations, desired, server, signal, folder: { dir, existing } },
    target: isAlone ? undefined : parseTarget(env),
    slug: toSnakeCase(options.name ?? "") || undefined,
    ignore: (await readDriftPolicy(cwd, stack)).ignore,
    levels: await readRuleLevels(cwd, stack),
    isRename: (rename) => isRename(rename, { options, context }),
    report: reporter("sync", sink),
  });
}

async function isRename(
  { kind, before, after }: Rename,
  { options, context }: { readonly options: SyncOptions; readonly context: CommandContext },
): Promise<boolean> {
  if (options.auto || options.check) return false;
  return (await context.ask(`Is ${kind} ${after} the former ${before} under a new name?`)) ?? false;
}

/** Nothing is generated for a stack that others rely on: it takes what was committed. */
async function ensureMayWrite(options: SyncOptions, context: CommandContext): Promise<void> {
  if (options.check) return;
  const { isDev } = await readStackLimits(context.cwd, options.stack);
  if (!isDev) {
    throw new LockstepError("USAGE", "sync is for development", {
      where: `--stack ${options.stack}`,
      seen: "this stack is none for development (lockstep:environment, or its name)",
      likely: "other stacks take migrations that were committed; none are made there",
      next: "lockstep sync --check tells what differs; write the files on the stack dev",
    });
  }
  if (options.auto || context.host.stdin.isTTY) return;
  throw new LockstepError(
    "USAGE",
    "sync asks before it writes, and there is no terminal to ask at",
    {
      next: options.recreate
        ? "run it at a terminal: --recreate asks twice, always"
        : "lockstep sync --auto, or lockstep sync --check to see what differs",
    },
  );
}

async function wantedOf(options: SyncOptions, context: CommandContext): Promise<DesiredSchema> {
  const path = options.schema ?? (await readWantedSchema(context.cwd, options.stack));
  if (path !== undefined) return readWanted(path, context);
  throw new LockstepError("USAGE", "No wanted schema is named", {
    where: `lockstep:sync.schema in Pulumi.${options.stack}.yaml`,
    next: "lockstep sync --schema schema.sql (or a schema.prisma, or an alembic.ini)",
  });
}

function foreignFolder(dir: string, format: string): LockstepError {
  return new LockstepError(
    "USAGE",
    `Drafts are written in lockstep's own form, and ${dir} is ${format}'s`,
    {
      where: dir,
      next: `lockstep sync --check tells what differs; write the migration with ${format}, or in a folder of lockstep's own`,
    },
  );
}
