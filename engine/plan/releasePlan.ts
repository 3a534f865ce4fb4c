// What files and config alone tell of a release: pure, so that preview, up and the CLI agree.
import { fileId } from "../sources/fileId.ts";
import type { FolderSpec, Migration } from "../sources/migration.ts";
import { coveredBy, type ApprovalScope } from "./approval.ts";
import { upToTarget } from "./planRun.ts";
import { isUnproven, type Promoted } from "./promoted.ts";
import { migrationsDigest, releaseDigest, releaseId, stepDigest } from "./release.ts";

/** What a plan needs to know of a migration. */
export type PlannedFile = Pick<Migration, "number" | "order" | "name" | "checksum" | "stage">;

/** What a plan is made of. */
export interface PlanRequest {
  readonly project: string;
  readonly stack: string;
  readonly label: string;
  readonly target: string | undefined;
  /** All files of the folder, in order. */
  readonly migrations: readonly PlannedFile[];
  readonly folder: FolderSpec;
  /** sha256 of the app's tree, or its image's digest. */
  readonly appDigest: string;
  /** How far the stack that is promoted from has run the contract files. */
  readonly promoted?: Promoted | undefined;
  readonly app: {
    readonly command: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly port: number;
    /** How its pods look, where it runs in pods. */
    readonly pods?: unknown;
  };
  readonly consent: {
    readonly approval?: ApprovalScope;
    /** `label#n`. */
    readonly allowRetry?: string;
  };
}

/** A release, as far as the ledger is not needed to know it. */
export interface ReleasePlan {
  readonly release: {
    readonly digest: string;
    readonly label: string;
    readonly project: string;
    readonly stack: string;
  };
  readonly releaseId: string;
  readonly migrations: {
    readonly dir: string;
    readonly digest: string;
    readonly target?: string;
    readonly promoted?: Promoted;
  };
  /** The release's last files with the start of their checksums, so that a difference can be named. */
  readonly lastFiles: Readonly<Record<string, string>>;
  /**
   * The release's contract files that the approval covers and that may run here, in order; only these
   * enter the graph: `05_remove_phone`.
   */
  readonly covered: readonly string[];
  /** What each step does for this release; a step runs again when its digest changes. */
  readonly digests: StepDigests;
}

/** The steps' digests. */
export interface StepDigests {
  readonly backup: Readonly<Record<"expand" | "contract", string>>;
  readonly expand: string;
  readonly drain: string;
  readonly contract: string;
  readonly verify: string;
}

/**
 * Plans a release.
 * @throws LockstepError CONFIG for a target that is no file's number, NOT_APPROVED for an approval
 * that does not fit the files.
 */
export function planRelease(request: PlanRequest): ReleasePlan {
  const { project, stack, label, target, consent, promoted } = request;
  const files = upToTarget(request.migrations, target);
  const isContract = (file: PlannedFile) => file.stage === "contract";
  // Digested over the whole folder, as `lockstep approve` did, so that a lower target voids nothing.
  const approved = coveredBy(consent.approval, request.migrations.filter(isContract), stack);
  const filesDigest = migrationsDigest(files);
  const digest = releaseDigest({
    appDigest: request.appDigest,
    migrationsDigest: filesDigest,
    appConfig: request.app,
  });
  const taken = files.filter(
    (file) => approved.includes(file) && !isUnproven(file.number, promoted),
  );
  return {
    release: { digest, label, project, stack },
    releaseId: releaseId(label, digest),
    migrations: {
      ...request.folder,
      digest: filesDigest,
      ...(target !== undefined && { target }),
      ...(promoted && { promoted }),
    },
    lastFiles: lastFiles(files),
    covered: taken.map(fileId),
    digests: stepDigests(digest, consent, promoted),
  };
}

/** A record that names every file would grow with the folder: these are where releases differ. */
const NAMED_FILES = 10;

function lastFiles(files: readonly PlannedFile[]): ReleasePlan["lastFiles"] {
  const named = files.slice(-NAMED_FILES);
  return Object.fromEntries(named.map((file) => [fileId(file), file.checksum.slice(0, 12)]));
}

/**
 * A retry that is allowed is a new attempt of the same release, so each step's digest holds it. The
 * steps of contract also hold the approval and how far another stack has gone: with more of either
 * they have more to do.
 */
function stepDigests(
  release: string,
  consent: PlanRequest["consent"],
  promoted: Promoted | undefined,
): StepDigests {
  const attempt = [release, consent.allowRetry ?? ""];
  const proven = promoted === undefined ? [] : [promoted.contractThrough ?? ""];
  const approved = [...attempt, consent.approval?.digest ?? "", ...proven];
  return {
    backup: {
      expand: stepDigest("backup before expand", attempt),
      contract: stepDigest("backup before contract", approved),
    },
    expand: stepDigest("expand", attempt),
    drain: stepDigest("drain", approved),
    contract: stepDigest("contract", approved),
    verify: stepDigest("verify", approved),
  };
}
