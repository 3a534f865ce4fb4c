// `lockstep approve`: a person's consent to contract files, written where a pull request shows it.
import { LockstepError, EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { lintMigrations, type LintFinding } from "../../engine/lint/lintMigrations.ts";
import { approvalDigest, filesThrough } from "../../engine/plan/approval.ts";
import type { Approval } from "../../engine/run/approval.ts";
import { fileId } from "../../engine/sources/fileId.ts";
import type { Migration } from "../../engine/sources/migration.ts";
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
  configValue,
  ensureStackFile,
  targetIn,
  writeStackFile,
  type StackFile,
} from "../stackFile.ts";
import { formatTime } from "../terminal.ts";
import { readUserName } from "../userName.ts";

/** What `lockstep approve` takes. */
export interface ApproveOptions extends FolderOptions {
  readonly stack: string;
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
  const covered = coveredFiles(migrations, options.through, targetIn(file));
  const objects = await seeApprovedObjects(context.env, migrations, covered);
  const approval: Approval = {
    through: covered.at(-1)?.number ?? "",
    digest: approvalDigest(stack, covered),
    by: await readUserName(context.cwd),
    ...period(options.expires),
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...("seen" in objects && { fingerprint: objects.seen }),
  };
  const findings = await lintMigrations({ migrations, pending: covered });
  for (const line of describe(covered, { file, approval, findings, objects })) context.say(line);
  const yes = await askForYes(context, {
    ...options,
    question: `Approve ${countFiles(covered)} for stack ${stack}?`,
    command: `lockstep approve --stack ${stack} --through ${approval.through}`,
  });
  if (!yes) {
    return {
      json: { approved: false },
      lines: [`not approved; ${file.name} is as it was`],
      exitCode: EXIT_CODES.failed,
    };
  }
  await writeStackFile(file, withApproval(file.text, approval));
  return {
    json: { approved: true, file: file.name, files: covered.map(fileId), approval },
    lines: [
      `wrote ${APPROVAL_KEY} into ${file.name}: through ${approval.through}, by ${approval.by}, until ${approval.expires}`,
      `commit it for review; the next \`pulumi up\` of ${stack} that includes it runs these files`,
    ],
  };
};

/** The contract files up to `through`, else up to the stack's target, else all of the folder's. */
function coveredFiles(
  migrations: readonly Migration[],
  through: string | undefined,
  target: string | undefined,
): readonly Migration[] {
  const contract = migrations.filter((file) => file.stage === "contract");
  const last = through ?? target ?? contract.at(-1)?.number;
  const covered = last === undefined ? [] : filesThrough(last, contract);
  if (covered.length > 0) return covered;
  throw new LockstepError("USAGE", "There is no contract file to approve", {
    ...(last === undefined ? {} : { where: boundary(last, through) }),
    seen:
      contract.length === 0
        ? "the folder holds no contract file"
        : `contract files: ${contract.map(fileId).join(", ")}`,
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
    readonly objects: ApprovedObjects;
  },
): readonly string[] {
  const { file, approval, findings, objects } = context;
  return [
    `${countFiles(covered)}, through ${approval.through}:`,
    ...covered.flatMap((migration, at) =>
      plannedLines(plannedFile(migration, { findings, sql: true }), at + 1),
    ),
    ...describeApproved(objects),
    ...replacedLines(file, approval),
  ];
}

/** One that is malformed is replaced too: this command is how it is mended. */
function replacedLines(file: StackFile, now: Approval): readonly string[] {
  if (configValue(file, APPROVAL_KEY) === undefined) return [];
  try {
    const before = approvalIn(file);
    if (!before) return [];
    const same = before.digest === now.digest ? ", for the same files" : "";
    return [
      `replaces the approval through ${before.through}${same}, given by ${before.by} ${before.at}, good until ${before.expires}`,
    ];
  } catch {
    return [`replaces an approval in ${file.name} that cannot be read`];
  }
}

function countFiles(covered: readonly Migration[]): string {
  return covered.length === 1 ? "1 contract file" : `${String(covered.length)} contract files`;
}
