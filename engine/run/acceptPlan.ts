// A release runs the plan that somebody has read: checked before its first file, then recorded, so that a resume goes on.
import type { ClientBase } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import type { LedgerState } from "../ledger/ledger.ts";
import { readEvents, recordEvent, type EventData } from "../ledger/record.ts";
import { explainDifference } from "../plan/explainPlan.ts";
import { digestPlan, planFileDigest } from "../plan/planDigest.ts";
import { planReleaseFiles, type ReleaseScope } from "../plan/releaseFiles.ts";
import { withoutSoak } from "../soak/soakPolicy.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";

/** What a plan is held to. */
export interface PlanCheck extends ReleaseScope {
  /** `lockstep:planDigest`; nothing is checked without it. */
  readonly planDigest: string | undefined;
  /** The release's digest. */
  readonly release: string;
  readonly ledger: LedgerState;
  /** The files that are to be applied now. */
  readonly pending: readonly Migration[];
}

type PlanRecord = EventData["plan"];

/** Digits of a file's digest that the ledger keeps. */
const KEPT_DIGITS = 16;
/** Plans that one release may have been accepted with, the latest first. */
const MOST_PLANS = 100;
/** Files that an error names. */
const MOST_NAMED = 12;

/**
 * Refuses to apply anything but the plan that `planDigest` names, or what is left of it; changes nothing.
 * @returns what is to be recorded before the first file; undefined where nothing is.
 * @throws LockstepError PLAN_CHANGED with what changed; what `planReleaseFiles` refuses.
 */
export async function ensurePlanned(
  client: ClientBase,
  check: PlanCheck,
): Promise<PlanRecord | undefined> {
  const { planDigest, pending, ledger } = check;
  if (planDigest === undefined || pending.length === 0) return undefined;
  const accepted = ledger.exists ? await acceptedPlan(client, check) : undefined;
  if (accepted) {
    await ensureWithin(accepted, check);
    return undefined;
  }
  const files = await filesNow(check);
  const digest = digestPlan(files.initial, files.pending);
  if (digest === planDigest) return { digest, files: files.pending.map(keptFile) };
  const differs = await explainDifference(planDigest, check);
  const unknown = "a file was edited, or more than one thing changed; the files now:";
  const names = files.pending.slice(0, MOST_NAMED).map(keptFile);
  throw planChanged(check, { digest, seen: differs ?? [unknown, ...names] });
}

async function filesNow(check: PlanCheck) {
  const { expand, contract, initial } = planReleaseFiles(check.ledger, check);
  const pending = [...expand, ...contract].map(async (file) => ({
    name: fileId(file),
    digest: await planFileDigest(initial ? withoutSoak(file) : file, check.migrations),
  }));
  return { initial, pending: await Promise.all(pending) };
}

/**
 * The same under the lease, before the first file: what was accepted is recorded.
 * @throws LockstepError as `ensurePlanned` does.
 */
export async function acceptPlan(client: ClientBase, check: PlanCheck): Promise<void> {
  const data = await ensurePlanned(client, check);
  if (data) await recordEvent(client, { release: check.release, kind: "plan", data });
}

async function acceptedPlan(
  client: ClientBase,
  { release, planDigest }: PlanCheck,
): Promise<PlanRecord | undefined> {
  const events = await readEvents(client, { kinds: ["plan"], release, limit: MOST_PLANS });
  return events
    .map(({ data }) => data as PlanRecord)
    .find(({ digest, files }) => digest === planDigest && Array.isArray(files));
}

/** What is left of an accepted plan has another digest, so it is held to the plan file by file. */
async function ensureWithin(accepted: PlanRecord, check: PlanCheck): Promise<void> {
  const known = new Map(accepted.files.map((file) => [file.slice(0, file.lastIndexOf(" ")), file]));
  const seen: string[] = [];
  const isInitial =
    check.pending.some(({ soak }) => soak) && planReleaseFiles(check.ledger, check).initial;
  for (const file of check.pending) {
    const name = fileId(file);
    const digest = await planFileDigest(isInitial ? withoutSoak(file) : file, check.migrations);
    const before = known.get(name);
    if (before === undefined) seen.push(`added since the release began: ${name}`);
    else if (before !== keptFile({ name, digest }))
      seen.push(`edited since the release began: ${name}`);
  }
  if (seen.length === 0) return;
  const { initial, pending } = await filesNow(check);
  throw planChanged(check, { digest: digestPlan(initial, pending), seen });
}

function keptFile({ name, digest }: { readonly name: string; readonly digest: string }): string {
  return `${name} ${digest.slice(0, KEPT_DIGITS)}`;
}

function planChanged(
  { planDigest = "", stack }: PlanCheck,
  { digest, seen }: { readonly digest: string; readonly seen: readonly string[] },
): LockstepError {
  const set = `pulumi config set --stack ${stack} lockstep:planDigest ${digest}`;
  return new LockstepError("PLAN_CHANGED", "The plan is not the one that was previewed", {
    where: `lockstep:planDigest of stack ${stack}`,
    seen: [
      `previewed ${planDigest.slice(0, 12)}, now ${digest.slice(0, 12)}`,
      ...seen.slice(0, MOST_NAMED + 1),
    ].join("\n"),
    likely: "files, approval or database changed between the preview and this update",
    next: `undo that; or read the plan as it is now (npx lockstep plan --stack ${stack} --sql FILE), then: ${set}`,
  });
}
