// `lockstep migrate`: applies what is pending.
import { close, connectWhenReady } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { reporter } from "../../engine/events.ts";
import { approveCommand } from "../../engine/plan/approval.ts";
import type { StageChoice } from "../../engine/plan/planRun.ts";
import type { RehearsalProof } from "../../engine/rehearse/proof.ts";
import { migrate, type MigrateResult } from "../../engine/run/migrate.ts";
import type { CommandContext, CommandRun } from "../context.ts";
import {
  type BackfillOptions,
  type FolderOptions,
  type LeftoversOption,
  type LimitOptions,
  type WaitOptions,
} from "../declarations/sharedOptions.ts";
import { readDriftPolicy } from "../driftPolicy.ts";
import { describeFolder, loadMigrations } from "../files.ts";
import type { RehearsalQuestion } from "../rehearsalLook.ts";
import { readRiskHold } from "../riskHold.ts";
import { runLimits } from "../runLimits.ts";
import { withRunLog } from "../runLog.ts";
import { readApproval } from "../stackFile.ts";
import { readRefusingLevels, readStackLimits, readStackRehearsal } from "../stackSettings.ts";

/** What `lockstep migrate` takes. */
export interface MigrateCommandOptions
  extends FolderOptions, LimitOptions, LeftoversOption, BackfillOptions, WaitOptions {
  readonly stage: StageChoice;
  readonly target?: string;
  /** Why contract may do without a backup of lockstep's. */
  readonly withoutBackup?: string;
  /** Generate Prisma's client afterwards: true, or the schema's path. */
  readonly generate?: true | string;
}

/** Applies the pending files of the stage; every line of it is said while it happens. */
export const runMigrate: CommandRun<MigrateCommandOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const { stage, stack } = options;
  const migrations = await loadMigrations(options);
  const approval = await readApproval(context.cwd, stack);
  const drift = await readDriftPolicy(context.cwd, stack);
  const own = await readStackLimits(context.cwd, stack);
  const question = { target, migrations, stack, stage, through: options.target };
  const log = {
    doing: `migrate --stage ${stage}: ${describeFolder(options)} to ${target.display} as ${target.user}`,
    describe: describeResult,
  };
  const result = await withRunLog(context, log, async () =>
    migrate({
      rehearsal: await requiredRehearsal(question, options, context),
      risk: await readRiskHold(context.cwd, stack),
      lintLevels: await readRefusingLevels(context.cwd, stack),
      target,
      migrations,
      stage,
      through: options.target,
      stack,
      approval,
      release: undefined,
      limits: {
        wait: { attempts: options.waitAttempts, intervalMs: options.waitInterval },
        ...runLimits(options, own),
        drift,
      },
      backup: { required: !own.isDev, waived: options.withoutBackup },
      report: reporter("migrate", context.sink),
      signal: context.signal,
    }),
  );
  const generated = await generate(options, context);
  return { json: { stage, ...result, ...generated }, lines: waitingLines(result, stack) };
};

/**
 * The proof that the stack requires; undefined where it requires none.
 * @throws LockstepError NOT_REHEARSED where nothing is kept that passed.
 */
async function requiredRehearsal(
  question: Omit<RehearsalQuestion, "rehearsal">,
  { waitAttempts: attempts, waitInterval: intervalMs }: WaitOptions,
  context: CommandContext,
): Promise<RehearsalProof | undefined> {
  const rehearsal = await readStackRehearsal(context, question.stack);
  if (!rehearsal.required) return undefined;
  const report = reporter("migrate", context.sink);
  const wait = { attempts, intervalMs, report, signal: context.signal };
  const options = { applicationName: "lockstep:migrate", ...wait };
  await close(await connectWhenReady(question.target, options));
  const { lookForRehearsal } = await import("../rehearsalLook.ts");
  const { refusal, proof } = await lookForRehearsal({ ...question, rehearsal });
  if (refusal) throw refusal;
  return proof;
}

/** A client that cannot be generated is warned of; the migrations are applied all the same. */
async function generate(
  { generate: schema }: MigrateCommandOptions,
  { cwd, env, signal, sink }: CommandContext,
): Promise<{ readonly generated?: boolean }> {
  if (schema === undefined) return {};
  const { generateClient } = await import("../../engine/prisma/generateClient.ts");
  const generated = await generateClient({
    schema: schema === true ? undefined : schema,
    ...{ cwd, env, signal, report: reporter("generate", sink) },
  });
  return { generated };
}

function describeResult({ applied, initial }: MigrateResult): string {
  if (applied.length === 0) return "nothing to do";
  const files = applied.length === 1 ? "1 file" : `${String(applied.length)} files`;
  return `${files} applied${initial ? " (the database was empty: all in file order)" : ""}`;
}

function waitingLines({ waiting }: MigrateResult, stack: string): readonly string[] {
  const last = waiting.at(-1)?.split("_")[0];
  if (last === undefined) return [];
  return [
    `left for the contract stage: ${waiting.join(", ")}`,
    `  approve with: ${approveCommand(stack, last)}`,
  ];
}
