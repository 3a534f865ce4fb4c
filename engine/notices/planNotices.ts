// Which notices a part of a release gives cause for, told from how it ended.
import { EXIT_CODES, exitCodeOf, isLockstepError } from "../errors/lockstepError.ts";
import type { NoticeText } from "./notice.ts";

/** A part of a release that ended well. */
export interface EndedPart {
  /** `expand`, `gate`, `verify`, ... */
  readonly step: string;
  /** The release's label. */
  readonly label: string;
  /** True for a verification that closed the release. */
  readonly isVerified?: boolean;
  /** The link of the ledger's last event: noted outside of the database, it makes a history written anew show. */
  readonly head?: string;
  /** Contract files that wait for approval, and the command that approves them. */
  readonly approval?: { readonly files: readonly string[]; readonly next: string };
}

/** A part that failed. */
export interface FailedPart extends Pick<EndedPart, "step" | "label"> {
  readonly error: unknown;
  /** The release that the app was taken back to, where it was. */
  readonly rolledBackTo?: string | null;
}

/** The notices of a part that ended well. */
export function planEndNotices({
  step,
  label,
  isVerified,
  head,
  approval,
}: EndedPart): readonly NoticeText[] {
  const notices: NoticeText[] = [];
  if (isVerified === true)
    notices.push({
      ...{ kind: "finished", step, next: null },
      details: head === undefined ? [] : [`history: ${head}`],
      title: `Release ${label} is verified`,
    });
  if (approval && approval.files.length > 0)
    notices.push({
      ...{ kind: "approval", step, details: approval.files, next: approval.next },
      title: `Release ${label}: contract waits for approval`,
    });
  return notices;
}

/** The notices of a part that failed; none where somebody ended it by hand. */
export function planFailureNotices(part: FailedPart): readonly NoticeText[] {
  const { step, label, error, rolledBackTo } = part;
  if (!isLockstepError(error)) {
    const title = `Release ${label}: ${step} failed`;
    return [{ kind: "failed", step, title, details: [], next: null }];
  }
  const next = error.next ?? null;
  const shared = { step, details: detailsOf(error), next };
  if (error.code === "INTERRUPTED") return [];
  if (error.code === "ROLLBACK_FAILED")
    return [{ kind: "rollback", ...shared, title: error.message }];
  if (rolledBackTo !== undefined && rolledBackTo !== null)
    return [
      { kind: "rollback", ...shared, title: `Release ${label} was rolled back to ${rolledBackTo}` },
    ];
  const isRefused = exitCodeOf(error) === EXIT_CODES.refused;
  const how = isRefused ? "was refused" : "failed";
  return [
    {
      ...shared,
      kind: isRefused ? "refused" : "failed",
      title: `Release ${label}: ${step} ${how}`,
    },
  ];
}

/**
 * What of an error may leave the house: message and place. What was seen stays, since it may hold rows or SQL; only a
 * gate's first line, which holds figures, goes along.
 */
function detailsOf(error: {
  readonly code: string;
  readonly message: string;
  readonly where: string | undefined;
  readonly seen: string | undefined;
}): readonly string[] {
  const figures = error.code.startsWith("GATE_") ? error.seen?.split("\n")[0] : undefined;
  return [error.message, error.where, figures].filter((line) => line !== undefined);
}

/** The notice of a gate's first failed check. */
export function thresholdNotice(
  label: string,
  check: { readonly reason: string; readonly n: number; readonly of: number },
): NoticeText {
  const number = `gate check ${String(check.n)} of ${String(check.of)}`;
  return {
    ...{ kind: "threshold", step: "gate", next: null },
    title: `Release ${label}: a health check failed`,
    details: [
      `${number}: ${check.reason}`,
      "the gate goes on watching; further failures roll back",
    ],
  };
}
