// What a stack's policy says to the risk of a release: what is told, and what is refused, before anything is changed.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Migration } from "../sources/migration.ts";
import { ensureExpandApproved, type ExpandApproval } from "./expandApproval.ts";
import type { FileRisk, ReleaseRisk } from "./risk.ts";
import { reaches, type RiskPolicy } from "./riskPolicy.ts";

/** What is judged. */
export interface RiskCase {
  readonly risk: ReleaseRisk;
  readonly policy: RiskPolicy;
  readonly stack: string;
  /** All files of the folder. */
  readonly migrations: readonly Migration[];
  /** Those that the release would apply. */
  readonly open: readonly Migration[];
  readonly approval: ExpandApproval | undefined;
  /** Whether the stack takes a backup before expand. */
  readonly backsUpExpand: boolean;
  /** ms since 1970. */
  readonly nowMs: number;
}

/**
 * A line or two for people: the level with its heaviest reasons (sizes and rates among them), and what is advised.
 */
export function riskNews({ risk, policy, stack, backsUpExpand }: RiskCase): readonly string[] {
  if (risk.files.length === 0) return [];
  const heaviest = risk.files.find(({ level }) => level === risk.level);
  const reasons = heaviest && risk.level !== "low" ? ` (${heaviest.file} ${whyOf(heaviest)})` : "";
  const read = reaches(risk.level, policy.review)
    ? `; read the files first: npx lockstep plan --stack ${stack}`
    : "";
  const advised = expandOf(risk).some(({ level }) => reaches(level, policy.adviseBackup));
  return [
    `risk of the release: ${risk.level}${reasons}${read}`,
    ...(advised && !backsUpExpand
      ? ["a backup before expand is advised for such a risk (lockstep:backup.before)"]
      : []),
  ];
}

/**
 * Holds the release to the stack's policy.
 * @throws LockstepError NOT_APPROVED for expand files that somebody must approve; RISK_REFUSED for a backup that the stack
 * does not take.
 */
export function ensureRiskAllowed(one: RiskCase): void {
  const { open, approval, stack, migrations, nowMs } = one;
  const risky = filesForApproval(one);
  const paths = new Set(risky.map(({ path }) => path));
  const needed = open.filter(({ path }) => paths.has(path));
  const why = risky.map((file) => `${file.file}, risk ${file.level}: ${whyOf(file)}`).join("\n");
  ensureExpandApproved({ needed, approval, stack, migrations, why, nowMs });
  const unsaved = filesForBackup(one);
  if (unsaved.length > 0 && !one.backsUpExpand) throw noBackup(unsaved, stack);
}

/** The expand files that somebody must approve. */
export function filesForApproval({
  risk,
  policy,
}: Pick<RiskCase, "risk" | "policy">): readonly FileRisk[] {
  const bound = policy.mode === "manual" ? "low" : policy.approve;
  return expandOf(risk).filter(({ level }) => reaches(level, bound));
}

/** The expand files that a backup must come before. */
export function filesForBackup({
  risk,
  policy,
}: Pick<RiskCase, "risk" | "policy">): readonly FileRisk[] {
  return expandOf(risk).filter(({ level }) => reaches(level, policy.backup));
}

/** The files of the expand stage; contract has an approval and a backup anyway. */
function expandOf({ files }: ReleaseRisk): readonly FileRisk[] {
  return files.filter(({ stage }) => stage === "expand");
}

/** The file's reasons at its level, each once; what lint says is told by itself. */
function whyOf({ level, statements }: FileRisk): string {
  const reasons = statements.flatMap((one) =>
    one.reasons.filter((reason) => reason.level === level && !reason.text.startsWith("lint: ")),
  );
  return [...new Set(reasons.map(({ text }) => text))].slice(0, 3).join("; ") || "lint warns of it";
}

function noBackup(files: readonly FileRisk[], stack: string): LockstepError {
  const set = (index: number, stage: string) =>
    `pulumi config set --stack ${stack} --path 'lockstep:backup.before[${String(index)}]' ${stage}`;
  return new LockstepError("RISK_REFUSED", "The stack takes no backup before these expand files", {
    where: files.map(({ path }) => path).join("\n"),
    seen: files.map((file) => `${file.file}, risk ${file.level}: ${whyOf(file)}`).join("\n"),
    likely: "lockstep:backup.before does not name expand, and lockstep:risk.backup asks for it",
    next: `${set(0, "expand")}\n${set(1, "contract")}`,
  });
}
