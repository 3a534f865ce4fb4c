// `lockstep plan`: what migrate would do, without doing it.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { formatError } from "../../engine/errors/formatError.ts";
import { EXIT_CODES, exitCodeOf, type LockstepError } from "../../engine/errors/lockstepError.ts";
import {
  lintMigrations,
  type LintFinding,
  type LintRequest,
} from "../../engine/lint/lintMigrations.ts";
import { refusalOf } from "../../engine/lint/refusal.ts";
import { approveCommand } from "../../engine/plan/approval.ts";
import { lintAgainst } from "../../engine/plan/lintAgainst.ts";
import { type StageChoice } from "../../engine/plan/planRun.ts";
import { weighRelease, type ReleaseRisk } from "../../engine/plan/risk.ts";
import type { TableFacts } from "../../engine/plan/tableFact.ts";
import { planWayBack, type WayBack } from "../../engine/plan/wayBack.ts";
import { DEFAULT_BACKUP_MAX_AGE_MS } from "../../engine/run/contractReadiness.ts";
import { driftError, findDrift, type Drift, type DriftPolicy } from "../../engine/schema/drift.ts";
import { withoutSoak } from "../../engine/soak/soakPolicy.ts";
import { fileId } from "../../engine/sources/fileId.ts";
import type { Migration } from "../../engine/sources/migration.ts";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { readDriftPolicy } from "../driftPolicy.ts";
import { driftLines } from "../driftView.ts";
import { loadMigrations } from "../files.ts";
import { planAgainst, planFromFiles, type Foresight } from "../foresee.ts";
import { readWeights } from "../foreseeRisk.ts";
import { errorFields } from "../jsonDocument.ts";
import { foreseeMessages, writePlan, type ForeseenMessages } from "../planMessages.ts";
import { plannedFile, plannedLines } from "../planView.ts";
import { lookForRehearsal, type RehearsalLook } from "../rehearsalLook.ts";
import { foreseeRisk } from "../riskHold.ts";
import { releaseRiskLines, wayBackLines } from "../riskView.ts";
import { lookAtDatabase } from "../seenDatabase.ts";
import { readApproval } from "../stackFile.ts";
import { readRuleLevels } from "../stackLint.ts";
import { readStackLimits, readStackRehearsal, readStackRisk } from "../stackSettings.ts";

/** What `lockstep plan` takes. */
export interface PlanOptions extends FolderOptions {
  readonly stage: StageChoice;
  readonly target?: string;
  /** Shows each file's SQL; with a path, writes all that will be sent there. */
  readonly sql?: boolean | string;
}

/** Reads files, stack and, where it can be reached, the database; changes none of them. */
export const runPlan: CommandRun<PlanOptions> = async (options, context) => {
  const migrations = await loadMigrations(options);
  const approval = await readApproval(context.cwd, options.stack);
  const { backupMaxAgeMs, allowedApplications, isDev } = await readStackLimits(
    context.cwd,
    options.stack,
  );
  const request = {
    backupMaxAgeMs: backupMaxAgeMs ?? DEFAULT_BACKUP_MAX_AGE_MS,
    allowedApplications,
    isDev,
    migrations,
    approval,
    stage: options.stage,
    target: options.target,
    stack: options.stack,
  };
  const policy = await readDriftPolicy(context.cwd, options.stack);
  const levels = await readRuleLevels(context.cwd, options.stack);
  const seen = await lookAtDatabase(context.env, async (client, ledger) => {
    const foresight = await planAgainst(request, { client, ledger });
    const drift = ledger.exists ? await findDrift(client, policy) : undefined;
    const rehearsal = await foreseenRehearsal(options, migrations, context);
    const weights = await readWeights(migrations, foresight, { client, ledger });
    const messages = await foreseeMessages(request, foresight, { client, ledger });
    const refused = { drift, policy, rehearsal: rehearsal.refusal };
    const findings = await lintAgainst(client, lintRequest(foresight, { migrations, levels }));
    return { drift, rehearsal, weights, findings, messages, ...withRefusals(foresight, refused) };
  });
  const foresight = "unseen" in seen ? planFromFiles(request) : seen.found;
  const messages =
    "unseen" in seen ? await foreseeMessages(request, foresight) : seen.found.messages;
  const { drift, rehearsal } = "unseen" in seen ? {} : seen.found;
  const database = "unseen" in seen ? { unseen: seen.unseen } : { database: seen.display };
  const head =
    "unseen" in seen
      ? [
          `database not seen: ${seen.unseen}`,
          "planned from the files alone: which of them are applied already, and what the ledger says",
          "against a run (edited or missing files, their order, an empty database), could not be seen",
        ]
      : [`database ${seen.display}: ${String(seen.applied)} files applied`];
  const findings =
    "unseen" in seen
      ? await lintMigrations({ ...lintRequest(foresight, { migrations, levels }), together: false })
      : seen.found.findings;
  const { changes, tables } =
    "unseen" in seen ? await readWeights(migrations, foresight) : seen.found.weights;
  const rates = (await readStackRisk(context.cwd, options.stack))?.rates;
  const risk = weighRelease(changes, { findings, tables, initial: foresight.initial, rates });
  const ofPending = findings.filter(({ path }) =>
    foresight.pending.some((file) => file.path === path),
  );
  // Without the ledger nobody knows whether a file with an error is applied already.
  const lintRefusal = "unseen" in seen ? undefined : refusalOf(ofPending);
  const appliedThrough = "unseen" in seen ? undefined : seen.found.weights.appliedThrough;
  const { refusal: riskRefusal, isSkipped } =
    "unseen" in seen
      ? { refusal: undefined, isSkipped: false }
      : await foreseeRisk(context.cwd, {
          ...{ risk, stack: options.stack, migrations, open: foresight.pending },
        });
  const byHand = foresight.refusal ?? messages.fault;
  // A run by hand is held to the approval as well; its backup may come from elsewhere.
  const unapproved = riskRefusal?.code === "NOT_APPROVED" ? riskRefusal : undefined;
  const refusal = byHand ?? unapproved ?? lintRefusal;
  const isByHand = byHand !== undefined || Object.values(levels).includes("error");
  const refusedBy =
    unapproved && refusal === unapproved && !isSkipped
      ? "migrate and pulumi up"
      : isByHand || refusal === unapproved
        ? "migrate"
        : "pulumi up";
  if (typeof options.sql === "string") {
    const name = "unseen" in seen ? `not seen (${seen.unseen})` : seen.display;
    await writePlan(options.sql, messages, { cwd: context.cwd, database: name });
  }
  return outcome(options, {
    ...foresight,
    riskRefusal,
    isSkipped,
    refusal,
    refusedBy,
    head,
    database,
    findings,
    ...{ drift, rehearsal, risk, tables, messages },
    wayBack: planWayBack({
      ...{ changes, initial: foresight.initial },
      appliedThrough,
    }),
  });
};

/** What a plan shows, as one release; from the files alone nobody knows what is applied, and so what is new. */
function lintRequest(
  { pending, waiting }: Foresight,
  { migrations, levels }: Pick<LintRequest, "migrations" | "levels">,
): LintRequest {
  const shown = migrations.filter((file) => pending.includes(file) || waiting.includes(file));
  return { migrations, pending: shown, together: true, ...(levels && { levels }) };
}

/** Nothing is rehearsed here: a plan is read while people wait. */
async function foreseenRehearsal(
  { stage, stack, target: through }: PlanOptions,
  migrations: readonly Migration[],
  context: CommandContext,
): Promise<RehearsalLook> {
  const rehearsal = await readStackRehearsal(context, stack);
  const target = parseTarget(context.env);
  return lookForRehearsal({ rehearsal, migrations, target, through, stage, stack });
}

/** What a run looks at before its first file, where it has one. */
function withRefusals(
  foresight: Foresight,
  {
    drift,
    policy,
    rehearsal,
  }: {
    readonly drift: Drift | undefined;
    readonly policy: DriftPolicy;
    readonly rehearsal: LockstepError | undefined;
  },
): Foresight {
  if (foresight.refusal || foresight.pending.length === 0) return foresight;
  const isDrift = policy.refuse && drift?.state === "drift";
  return { ...foresight, refusal: isDrift ? driftError("the database", drift.lines) : rehearsal };
}

function outcome(
  options: PlanOptions,
  plan: Foresight & {
    readonly head: readonly string[];
    readonly database: Readonly<Record<string, string>>;
    readonly findings: readonly LintFinding[];
    /** The command that would end with the refusal. */
    readonly refusedBy: string;
    readonly drift: Drift | undefined;
    readonly risk: ReleaseRisk;
    /** What `pulumi up` would refuse for it. */
    readonly riskRefusal: LockstepError | undefined;
    /** Whether `pulumi up` leaves all files out. */
    readonly isSkipped: boolean;
    readonly tables: TableFacts | undefined;
    readonly wayBack: WayBack;
    readonly rehearsal: RehearsalLook | undefined;
    readonly messages: ForeseenMessages;
  },
): Outcome {
  const { initial, refusal, findings, drift, risk, tables, rehearsal, messages } = plan;
  const shown = { findings, sql: options.sql === true, risk, rehearsal: rehearsal?.kept };
  const pending = plan.pending.map((file) =>
    plannedFile(initial ? withoutSoak(file) : file, shown),
  );
  const waiting = plan.waiting.map((file) => plannedFile(file, shown));
  const refused = refusal ? exitCodeOf(refusal) : EXIT_CODES.done;
  return {
    json: {
      database: null,
      ...plan.database,
      stage: options.stage,
      stack: options.stack,
      initial,
      drift: drift ?? null,
      risk: {
        level: risk.level,
        tables: tables ? [...tables.values()] : null,
        ...(plan.riskRefusal && { refusal: errorFields(plan.riskRefusal) }),
      },
      wayBack: plan.wayBack,
      rehearsal: rehearsalDocument(rehearsal),
      pending,
      waiting,
      planDigest: messages.digest ?? null,
      plan: messages.plan ?? null,
      ...(refusal ? { exitCode: refused, error: errorFields(refusal) } : {}),
    },
    lines: [
      ...plan.head,
      ...(drift?.state === "drift" ? driftLines(drift) : []),
      ...(initial ? ["the database is empty: all files in file order, no approval needed"] : []),
      ...(pending.length > 0 ? [`to apply, --stage ${options.stage}:`] : ["nothing to apply"]),
      ...pending.flatMap((file, at) => plannedLines(file, at + 1)),
      ...waitingLines(options, plan),
      ...waiting.flatMap((file) => plannedLines(file)),
      ...releaseRiskLines(risk, tables),
      ...wayBackLines(plan.wayBack),
      ...(rehearsal && pending.length + waiting.length > 0 ? [rehearsal.line] : []),
      ...messageLines(options, messages),
      ...(plan.isSkipped && pending.length + waiting.length > 0
        ? ["pulumi up releases the app without these files (lockstep:risk.mode: skip)"]
        : []),
      ...(plan.riskRefusal && plan.riskRefusal !== refusal
        ? refusalLines(plan.riskRefusal, "pulumi up")
        : []),
      ...(refusal ? refusalLines(refusal, plan.refusedBy) : []),
    ],
    exitCode: refused,
  };
}

/** Without the statements: `lockstep rehearse --json` has the whole. */
function rehearsalDocument(look: RehearsalLook | undefined): Outcome["json"] {
  if (!look?.kept) return null;
  const { verdict, digest, at, serverVersion, findings } = look.kept;
  return { verdict, digest, at, serverVersion, findings };
}

function waitingLines({ stack }: PlanOptions, { waiting, covered }: Foresight): readonly string[] {
  if (waiting.length === 0) return [];
  const open = waiting.filter((file) => !covered.includes(fileId(file)));
  const last = open.at(-1);
  if (!last) return ["approved, for the contract stage:"];
  return [`waiting for approval (${approveCommand(stack, last.number)}):`];
}

function messageLines({ sql }: PlanOptions, { plan, digest }: ForeseenMessages): readonly string[] {
  return [
    ...(digest === undefined ? [] : [`digest of the release's plan: ${digest}`]),
    ...(plan && typeof sql === "string" ? [`all that will be sent: ${sql}`] : []),
  ];
}

function refusalLines(refusal: LockstepError, command: string): readonly string[] {
  return ["", `${command} would refuse this:`, ...formatError(refusal).split("\n")];
}
