// Up, down and up again, as far as the files have a way back: the schema must be what it was each time.
import { describeDiff, diffSchemas, type SchemaDiff } from "../schema/diff.ts";
import type { SchemaSnapshot } from "../schema/snapshot.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { fileFault } from "./faults.ts";
import { hasWayBack, type Pass } from "./pass.ts";
import type { RehearsalFinding } from "./result.ts";

/** With more files than this only the whole range is compared: a snapshot after each would take longer than the files. */
const LONGEST_STEPWISE = 200;

/** Files that are taken back together, and the one without a way back that follows them. */
interface Segment {
  readonly files: readonly Migration[];
  readonly then: Migration | undefined;
}

/** A file without a way back ends what can be taken back in one go: nothing before it can be reached from behind it. */
export function planSegments(files: readonly Migration[]): readonly Segment[] {
  const segments: Segment[] = [];
  let open: Migration[] = [];
  for (const file of files) {
    if (hasWayBack(file)) open.push(file);
    else {
      segments.push({ files: open, then: file });
      open = [];
    }
  }
  if (open.length > 0) segments.push({ files: open, then: undefined });
  return segments;
}

/** Goes up, down and up through `files`, which have gone up before in another database. */
export async function rehearseDowns(
  pass: Pass,
  files: readonly Migration[],
): Promise<readonly RehearsalFinding[]> {
  const findings: RehearsalFinding[] = [];
  for (const segment of planSegments(files)) {
    const isThrough = await rehearseSegment(pass, segment, findings);
    if (!isThrough) break;
    const { then } = segment;
    const fault = then && (await pass.up(then));
    if (!fault) continue;
    findings.push(fileFault("up-after-down-fails", fault, afterDown(then)));
    break;
  }
  return findings;
}

function afterDown(file: Migration): string {
  return `${fileId(file)} applies, but not again after files were taken back`;
}

/** @returns whether the files behind it can be tried. */
async function rehearseSegment(
  pass: Pass,
  { files }: Segment,
  findings: RehearsalFinding[],
): Promise<boolean> {
  if (files.length === 0) return true;
  const isStepwise = files.length <= LONGEST_STEPWISE;
  const before = [await pass.snapshot()];
  for (const file of files) {
    const fault = await pass.up(file);
    if (fault) {
      findings.push(fileFault("up-after-down-fails", fault, afterDown(file)));
      return false;
    }
    if (isStepwise || file === files.at(-1)) before.push(await pass.snapshot());
  }
  const back = await goBack(pass, files, isStepwise ? before : []);
  findings.push(...back.findings);
  const start = before[0];
  if (back.stoppedAt === undefined && start)
    findings.push(
      ...judgeRange(files, diffSchemas(start, back.last ?? (await pass.snapshot())), back.steps),
    );
  return goUpAgain(pass, files.slice((back.stoppedAt ?? -1) + 1), { end: before.at(-1), findings });
}

/** A file whose own down did not bring back what was before it. */
interface Step {
  readonly file: Migration;
  readonly diff: SchemaDiff;
}

interface WentBack {
  readonly findings: readonly RehearsalFinding[];
  /** The index of the file that could not be taken back. */
  readonly stoppedAt: number | undefined;
  readonly steps: readonly Step[];
  readonly last: SchemaSnapshot | undefined;
}

async function goBack(
  pass: Pass,
  files: readonly Migration[],
  before: readonly SchemaSnapshot[],
): Promise<WentBack> {
  const steps: Step[] = [];
  let last: SchemaSnapshot | undefined;
  for (const [index, file] of [...files.entries()].toReversed()) {
    const fault = await pass.down(file);
    if (fault) {
      const left = index > 0 ? `; the ${String(index)} before it were not tried` : "";
      const message = `${fileId(file)} cannot be taken back: its down file fails${left}`;
      return { findings: [fileFault("down-fails", fault, message)], stoppedAt: index, steps, last };
    }
    const was = before[index];
    if (!was) continue;
    last = await pass.snapshot();
    const diff = diffSchemas(was, last);
    if (diff.grade !== "equal") steps.push({ file, diff });
  }
  return { findings: [], stoppedAt: undefined, steps, last };
}

function judgeRange(
  files: readonly Migration[],
  range: SchemaDiff,
  steps: readonly Step[],
): readonly RehearsalFinding[] {
  const different = ownSteps(steps);
  if (range.grade === "different") {
    const [first] = different;
    const at = first?.file ?? files.at(-1);
    return [
      {
        rule: "down-restores-not",
        severity: isOnlyContract(different) ? "warning" : "error",
        where: at?.down?.path ?? "",
        message: `after ${named(files)} ${files.length === 1 ? "is" : "are"} taken back the schema is not what it was${first && files.length > 1 ? `; first seen after ${fileId(first.file)}` : ""}`,
        details: describeDiff(range),
      },
    ];
  }
  const order: readonly RehearsalFinding[] =
    range.grade === "columnOrder"
      ? [
          {
            rule: "column-order",
            severity: "warning",
            where: files[0]?.down?.path ?? "",
            message: `after ${named(files)} ${files.length === 1 ? "is" : "are"} taken back columns stand in another order`,
            details: describeDiff(range),
          },
        ]
      : [];
  return [
    ...different.map(({ file, diff }): RehearsalFinding => ({
      rule: "step-restores-not",
      severity: "warning",
      where: file.down?.path ?? file.path,
      message: `taken back alone, ${fileId(file)} leaves another schema than before it; all ${String(files.length)} together do not`,
      details: describeDiff(diff),
    })),
    ...order,
  ];
}

/** `lockstep down` never takes back a contract file, so a way back that nobody goes stops no release. */
function isOnlyContract(steps: readonly Step[]): boolean {
  return steps.length > 0 && steps.every(({ file }) => file.stage === "contract");
}

/** The steps that left something different themselves: what a later file's down left is there behind each earlier one, too. */
function ownSteps(steps: readonly Step[]): readonly Step[] {
  return steps.filter(({ diff }, index) => {
    const later = steps[index - 1];
    const before = new Set(later ? describeDiff(later.diff) : []);
    return diff.grade === "different" && describeDiff(diff).some((line) => !before.has(line));
  });
}

async function goUpAgain(
  pass: Pass,
  files: readonly Migration[],
  {
    end,
    findings,
  }: { readonly end: SchemaSnapshot | undefined; readonly findings: RehearsalFinding[] },
): Promise<boolean> {
  for (const file of files) {
    const fault = await pass.up(file);
    if (!fault) continue;
    findings.push(fileFault("up-after-down-fails", fault, afterDown(file)));
    return false;
  }
  if (!end || files.length === 0) return true;
  const diff = diffSchemas(end, await pass.snapshot());
  if (diff.grade === "equal") return true;
  const isOrder = diff.grade === "columnOrder";
  findings.push({
    rule: isOrder ? "column-order" : "up-after-down-differs",
    severity: isOrder ? "warning" : "error",
    where: files[0]?.path ?? "",
    message: `after up, down and up again of ${named(files)} ${isOrder ? "columns stand in another order than after up alone" : "the schema is another one than after up alone"}`,
    details: describeDiff(diff),
  });
  return true;
}

/** `03_a`, or `03_a to 07_b`. */
function named(files: readonly Migration[]): string {
  const [first, last] = [files[0], files.at(-1)];
  if (!first || !last) return "";
  return first === last ? fileId(first) : `${fileId(first)} to ${fileId(last)}`;
}
