// Whether a release is one that the stack before this one has verified, and what differs where it is not.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Promoted } from "./promoted.ts";

/** What makes a release the same on another stack; its environment may differ. */
export interface Promotable {
  readonly label: string;
  /** sha256, hex: of the app's tree, or its image's digest. */
  readonly appDigest: string;
  /** What is started of it: with `server.mjs 1.1` one tree may hold several apps. */
  readonly command: readonly string[];
  /** sha256, hex, over the files up to the release's target. */
  readonly migrationsDigest: string;
}

/** What a stack verified. */
export interface VerifiedRelease extends Promotable {
  /** Number of the last contract file that is applied there; null when none is. */
  readonly contractThrough: string | null;
}

/** What a verification records for the stack after it. */
export interface PromotionRecord extends VerifiedRelease {
  /** The last files with the start of their checksums. */
  readonly lastFiles: Readonly<Record<string, string>>;
}

/** A release that wants to come here. */
export interface Candidate extends Promotable {
  readonly stack: string;
  readonly lastFiles: Readonly<Record<string, string>>;
}

/** What there is to take. */
export interface Source {
  /** The other stack, as the config names it. */
  readonly from: string;
  /** Undefined where that stack has nothing to promote, for `why`. */
  readonly record: PromotionRecord | undefined;
  readonly why: string;
  /** What this stack took before, newest first: going back to it needs nobody's leave. */
  readonly taken: readonly VerifiedRelease[];
}

/** A stack remembers this many releases that it took: enough to go back past several failed ones. */
const MOST_TAKEN = 10;

/**
 * The record or earlier release that `candidate` is.
 * @throws LockstepError NOT_PROMOTED with both digests and what differs.
 */
export function ensurePromoted(candidate: Candidate, source: Source): VerifiedRelease {
  const { record, taken } = source;
  const known = [...(record ? [record] : []), ...taken];
  const found = known.find((verified) => isSame(verified, candidate));
  if (found) return found;
  if (record === undefined) throw nothingThere(candidate, source);
  throw notPromoted(candidate, { ...source, record });
}

/** What this stack may come back to, once it has taken `verified`; newest first. */
export function takenAfter(
  verified: VerifiedRelease,
  taken: readonly VerifiedRelease[],
): readonly VerifiedRelease[] {
  const others = taken.filter((one) => !isSame(one, verified));
  return [verified, ...others].slice(0, MOST_TAKEN);
}

/** How far contract files may run for `verified`, taken from stack `from`. */
export function promotedFrom(from: string, verified: VerifiedRelease): Promoted {
  return { from, contractThrough: verified.contractThrough };
}

function isSame(one: Promotable, other: Promotable): boolean {
  return (
    one.appDigest === other.appDigest &&
    one.migrationsDigest === other.migrationsDigest &&
    JSON.stringify(one.command) === JSON.stringify(other.command)
  );
}

function nothingThere({ stack }: Candidate, { from, why }: Source): LockstepError {
  return new LockstepError("NOT_PROMOTED", `Stack ${from} has nothing to promote`, {
    where: `lockstep:promoteFrom of stack ${stack}`,
    seen: why,
    likely: "only a release whose whole `pulumi up` ended well there is promoted",
    next: `pulumi up --stack ${from}\nthen again: pulumi preview --stack ${stack}`,
  });
}

function notPromoted(
  candidate: Candidate,
  { from, record }: Source & { readonly record: PromotionRecord },
): LockstepError {
  const { stack, label } = candidate;
  const rows = [
    ["", from, stack, ""],
    ["release", record.label, label, ""],
    compared("app", short(record.appDigest), short(candidate.appDigest)),
    compared("command", record.command.join(" "), candidate.command.join(" ")),
    compared("migrations", short(record.migrationsDigest), short(candidate.migrationsDigest)),
  ];
  const differing =
    record.migrationsDigest === candidate.migrationsDigest
      ? []
      : fileDifferences(record, candidate);
  return new LockstepError("NOT_PROMOTED", `Stack ${stack} takes only what ${from} has verified`, {
    where: `lockstep:promoteFrom of stack ${stack}`,
    seen: [...aligned(rows), ...differing].join("\n"),
    likely:
      record.label === label
        ? `files were changed after ${from} had verified ${label}, or this checkout is another one`
        : `${label} has not been verified on ${from}, or ${from} has gone on to ${record.label}`,
    next: [
      ...(record.label === label
        ? []
        : [
            `to release ${record.label} here: pulumi config set lockstep:release ${record.label} --stack ${stack}`,
          ]),
      `to release this here, release it there first: pulumi up --stack ${from}`,
    ].join("\n"),
  });
}

/** Digests of which the first 12 digits agree are the same for all that can happen by accident. */
function short(digest: string): string {
  return digest.slice(0, 12);
}

function compared(what: string, theirs: string, ours: string): readonly string[] {
  return [what, theirs, ours, theirs === ours ? "same" : "differs"];
}

/** Files that only one side has or that differ, as far as the records name them. */
function fileDifferences(record: PromotionRecord, candidate: Candidate): readonly string[] {
  const firsts = [record.lastFiles, candidate.lastFiles].map(firstNumber);
  const since = firsts.reduce((a, b) => (a > b ? a : b), 0n);
  const theirs = filesSince(since, record.lastFiles);
  const ours = filesSince(since, candidate.lastFiles);
  const lines = [
    ...Object.keys(ours)
      .filter((id) => !(id in theirs))
      .map((id) => `${id}: only on ${candidate.stack}`),
    ...Object.entries(theirs).flatMap(([id, checksum]) => {
      if (!(id in ours)) return [`${id}: not on ${candidate.stack}`];
      return ours[id] === checksum ? [] : [`${id}: other content`];
    }),
  ];
  return lines.length > 0
    ? lines
    : ["the files that differ come before the last ones, which agree"];
}

/** Below it one of the records names no files, so their absence there tells nothing. */
function firstNumber(files: PromotionRecord["lastFiles"]): bigint {
  const [first = 0n, ...rest] = Object.keys(files).map(numberOf);
  return rest.reduce((a, b) => (a < b ? a : b), first);
}

/** Of an id that another version wrote differently: 0, so that it only spoils the naming. */
function numberOf(id: string): bigint {
  return BigInt(/^\d+/.exec(id)?.[0] ?? "0");
}

function filesSince(
  first: bigint,
  files: PromotionRecord["lastFiles"],
): PromotionRecord["lastFiles"] {
  return Object.fromEntries(Object.entries(files).filter(([id]) => numberOf(id) >= first));
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = [0, 1, 2].map(width);
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
