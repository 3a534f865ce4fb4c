// What is rehearsed, in which order, and the digest that says whether it was done before.
import { createHash } from "node:crypto";
import type { LedgerState } from "../ledger/ledger.ts";
import { planRun } from "../plan/planRun.ts";
import type { Promoted } from "../plan/promoted.ts";
import { SNAPSHOT_ALGORITHM } from "../schema/snapshot.ts";
import type { Migration } from "../sources/migration.ts";

/** Raised whenever the same files could end otherwise: kept results of another version don't count. */
const REHEARSAL_ALGORITHM = 1;

/** The files of a rehearsal. */
export interface RehearsalPlan {
  /** As `up` runs them: pending expand files, then contract files; on an empty database in file order. */
  readonly staged: readonly Migration[];
  /** In file order, as an empty database takes them; the same list where that is the same order. */
  readonly linear: readonly Migration[];
  readonly initial: boolean;
}

/** What decides the plan. */
export interface PlanRequest {
  readonly ledger: LedgerState;
  readonly migrations: readonly Migration[];
  /** Files above this number are left alone. */
  readonly through: string | undefined;
  readonly promoted?: Promoted | undefined;
}

/**
 * Plans as the runner does, with all contract files counted as approved.
 * @throws LockstepError whatever a run would refuse before its first file.
 */
export function planRehearsal({
  ledger,
  migrations,
  through,
  promoted,
}: PlanRequest): RehearsalPlan {
  const request = { target: through, promoted };
  const expand = planRun(ledger, migrations, { ...request, stage: "expand" });
  if (expand.initial) return { staged: expand.pending, linear: expand.pending, initial: true };
  const contract = planRun(ledger, migrations, { ...request, stage: "contract" });
  const staged = [...expand.pending, ...contract.pending];
  const linear = migrations.filter((file) => staged.includes(file));
  const isSame = linear.every((file, index) => file === staged[index]);
  return { staged, linear: isSame ? staged : linear, initial: false };
}

/** What of the surroundings decides how a rehearsal ends. */
export interface DigestFacts {
  /** Of the start; empty for an empty database. */
  readonly schemaDigest: string;
  /** Files that make the start where no schema was seen. */
  readonly before: readonly Migration[];
  /** Of the server that it runs on; undefined where any will do. */
  readonly serverMajor: number | undefined;
  /** The named server's address, or nothing for a cluster of its own. */
  readonly server: string;
}

/** sha256, hex, over the files with their down and verify files, their order, the start and the versions. */
export function rehearsalDigest(plan: RehearsalPlan, facts: DigestFacts): string {
  const file = ({ order, checksum, substituted, down, verify, foreign }: Migration) => [
    ...[order.toString(), checksum, substituted ?? "", down?.sql ?? "", verify?.sql ?? ""],
    ...[foreign?.outsideTransaction ?? false],
  ];
  const parts = [
    ...[REHEARSAL_ALGORITHM, SNAPSHOT_ALGORITHM, facts.serverMajor ?? 0, facts.server],
    ...[facts.schemaDigest, facts.before.map(file), plan.initial, plan.staged.map(file)],
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
