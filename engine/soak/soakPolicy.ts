// What a stack says of soaking, and the files that soak under it.
import type { RiskLevel } from "../plan/riskLevel.ts";
import { reaches, type RiskBound } from "../plan/riskPolicy.ts";
import type { Migration } from "../sources/migration.ts";

/** From which risk on contract files soak, and for how long. */
export interface SoakPolicy {
  readonly from: RiskBound;
  /** How long what was taken away can be given back, ms. */
  readonly timeMs: number;
}

/** How a file soaks. */
export interface Soak {
  /** ms */
  readonly timeMs: number;
}

/** The risk that a contract file's text alone tells: very high where data goes, as engine/plan/risk.ts has it. */
function riskOf({ statements }: Migration): RiskLevel {
  return statements.some(({ irreversible }) => irreversible) ? "very high" : "medium";
}

/** `files`, with those marked that soak under `policy`, and those that should and cannot; without one as they are. */
export function withSoak(
  files: readonly Migration[],
  policy: SoakPolicy | undefined,
): readonly Migration[] {
  if (!policy || policy.from === "none") return files;
  return files.map((file) => {
    if (file.stage !== "contract" || !reaches(riskOf(file), policy.from)) return file;
    const why = whyNot(file);
    return why === undefined
      ? { ...file, soak: { timeMs: policy.timeMs } }
      : { ...file, unsoaked: why };
  });
}

/** The same file, applied as written: on an empty database and in a rehearsal. */
export function withoutSoak(file: Migration): Migration {
  if (file.soak === undefined && file.unsoaked === undefined) return file;
  const { soak: _, unsoaked: __, ...written } = file;
  return written;
}

/** Why the file cannot soak; undefined where it can, as far as it tells itself. */
function whyNot({ soakable, transactional, backfill }: Migration): string | undefined {
  if (!transactional) return "it cannot run in one transaction";
  if (!soakable || backfill) return "it is no plain file of SQL";
  return "why" in soakable ? soakable.why : undefined;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

/** What is said of a file that soaks or should: `soaks for 7 d`; undefined for others. */
export function describeSoak({
  soak,
  unsoaked,
}: Pick<Migration, "soak" | "unsoaked">): string | undefined {
  if (unsoaked !== undefined) return `does not soak, so only a backup brings it back: ${unsoaked}`;
  if (!soak) return undefined;
  const [unit, ms] = UNITS.find(([, size]) => soak.timeMs % size === 0) ?? ["ms", 1];
  return `soaks for ${String(soak.timeMs / ms)} ${unit}: lockstep undo gives it back until then`;
}
