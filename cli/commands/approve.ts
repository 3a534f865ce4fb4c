// `lockstep approve`: a person's consent to contract files, or to risky expand files, written where a pull request shows it.
import { LockstepError, EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { lintMigrations, type LintFinding } from "../../engine/lint/lintMigrations.ts";
import { approvalDigest, filesThrough } from "../../engine/plan/approval.ts";
import { readChanges } from "../../engine/plan/changes.ts";
import { weighRelease, type ReleaseRisk } from "../../engine/plan/risk.ts";
import type { Approval } from "../../engine/run/approval.ts";
import { fileId } from "../../engine/sources/fileId.ts";
import type { Migration, Stage } from "../../engine/sources/migration.ts";
import { withApproval } from "../approvalEdit.ts";
import { describeApproved, seeApprovedObjects, type ApprovedObjects } from "../approvedObjects.ts";
import { askForYes } from "../consent.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";
import { plannedFile, plannedLines } from "../planView.ts";
import {
  approvalIn,
  APPROVAL_KEY,
  EXPAND_APPROVAL_KEY,
  configValue,
  ensureStackFile,
  targetIn,
  writeStackFile,
  type ApprovalKey,
  type StackFile,
} from "../stackFile.ts";
import { formatTime } from "../terminal.ts";
import { readUserName } from "../userName.ts";

/** What `lockstep approve` takes. */
export interface ApproveOptions extends FolderOptions {
  readonly stack: string;
  /** Contract files, or risky expand files (docs/risk.md). */
  readonly stage: Stage;
  readonly through?: string;
  /** ms */
  readonly expires: number;
  readonly reason?: string;
  readonly yes?: boolean;
}

/** Shows what would be approved, asks, and writes it into the stack's file. Looks at the database where one is named. */
export const runApprove: CommandRun<ApproveOptions> = async (options, context) => {
  const { stack } = options;
  const file = await ensureStackFile(context.cwd, stack);
  const migrations = await loadMigrations(options);
  const key = KEYS[options.stage];
  const covered = coveredFiles(migrations, options, targetIn(file));
  const objects =
    options.stage === "contract"
      ? await seeApprovedObjects(context.env, migrations, covered)
      : undefined;
  const approval: Approval = {
    through: covered.at(-1)?.number ?? "",
    digest: approvalDigest(stack, covered),
    by: await readUserName(context.cwd),
    ...period(options.expires),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(objects && "seen" in objects && { fingerprint: objects.seen }),
  };
  const findings = await lintMigrations({ migrations, pending: covered });
  // Nobody knows from here what is applied, so each file is weighed by itself.
  const changes = await readChanges({ migrations, pending: covered, together: false });
  const risk = weighRelease(changes, { findings });
  const shown = { file, approval, findings, objects, risk, stage: options.stage };
  for (const line of describe(covered, shown)) context.say(line);
  const yes = await askForYes(context, {
    ...options,
    question: `Approve ${countFiles(covered, options.stage)} for stack ${stack}?`,
    command: `lockstep approve --stack ${stack}${options.stage === "expand" ? " --stage expand" : ""} --through ${approval.through}`,
  });
  if (!yes) {
    return {
      json: { approved: false },
      lines: [`not approved; ${file.name} is as it was`],
      exitCode: EXIT_CODES.failed,
    };
  }
  await writeStackFile(file, withApproval(file.text, approval, key));
  return {
    json: { approved: true, file: file.name, files: covered.map(fileId), approval },
    lines: [
      `wrote ${key} into ${file.name}: through ${approval.through}, by ${approval.by}, until ${approval.expires}`,
      `commit it for review; the next \`pulumi up\` of ${stack} that includes it runs these files`,
    ],
  };
};

const KEYS = { contract: APPROVAL_KEY, expand: EXPAND_APPROVAL_KEY } as const;

/** The stage's files up to `through`, else up to the stack's target, else all of the folder's. */
function coveredFiles(
  migrations: readonly Migration[],
  { through, stage }: Pick<ApproveOptions, "through" | "stage">,
  target: string | undefined,
): readonly Migration[] {
  const files = migrations.filter((file) => file.stage === stage);
  const last = through ?? target ?? files.at(-1)?.number;
  const covered = last === undefined ? [] : filesThrough(last, files);
  if (covered.length > 0) return covered;
  throw new LockstepError("USAGE", `There is no ${stage} file to approve`, {
    ...(last === undefined ? {} : { where: boundary(last, through) }),
    seen:
      files.length === 0
        ? `the folder holds no ${stage} file`
        : `${stage} files: ${files.map(fileId).join(", ")}`,
    next: "lockstep lint shows the stage of each file; --through NN names the last one to approve",
  });
}

function boundary(last: string, through: string | undefined): string {
  return `up to number ${last}${through === undefined ? ", the stack's lockstep:target" : ""}`;
}

function period(lengthMs: number): Pick<Approval, "at" | "expires"> {
  const now = Date.now();
  return { at: formatTime(new Date(now)), expires: formatTime(new Date(now + lengthMs)) };
}

function describe(
  covered: readonly Migration[],
  context: {
    readonly file: StackFile;
    readonly approval: Approval;
    readonly findings: readonly LintFinding[];
    /** What hangs on what contract files take away. */
    readonly objects: ApprovedObjects | undefined;
    readonly risk: ReleaseRisk;
    readonly stage: Stage;
  },
): readonly string[] {
  const { file, approval, findings, objects, risk, stage } = context;
  return [
    `${countFiles(covered, stage)}, through ${approval.through}:`,
    ...covered.flatMap((migration, at) =>
      plannedLines(plannedFile(migration, { findings, sql: true, risk }), at + 1),
    ),
    ...(objects ? describeApproved(objects) : []),
    ...replacedLines(file, approval, KEYS[stage]),
  ];
}

/** One that is malformed is replaced too: this command is how it is mended. */
function replacedLines(file: StackFile, now: Approval, key: ApprovalKey): readonly string[] {
  if (configValue(file, key) === undefined) return [];
  try {
    const before = approvalIn(file, key);
    if (!before) return [];
    const same = before.digest === now.digest ? ", for the same files" : "";
    return [
      `replaces the approval through ${before.through}${same}, given by ${before.by} ${before.at}, good until ${before.expires}`,
    ];
  } catch {
    return [`replaces an approval in ${file.name} that cannot be read`];
  }
}

function countFiles(covered: readonly Migration[], stage: Stage): string {
  return covered.length === 1 ? `1 ${stage} file` : `${String(covered.length)} ${stage} files`;
}
