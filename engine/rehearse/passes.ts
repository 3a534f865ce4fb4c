// The passes of a rehearsal: up, the other order, up and down and up, and each statement by itself.
import type { Report } from "../events.ts";
import { describeDiff, diffSchemas } from "../schema/diff.ts";
import type { SchemaSnapshot } from "../schema/snapshot.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { fileFault } from "./faults.ts";
import { withPass } from "./pass.ts";
import type { RehearsalFinding } from "./result.ts";
import { rehearseDowns } from "./roundTrip.ts";
import type { Stage } from "./stage.ts";
import { traceFiles, type Trace } from "./trace.ts";

/** Runs all passes; after an up that fails only the trace could tell more, and it needs one that works. */
export async function runPasses(stage: Stage, report: Report): Promise<Trace> {
  const { staged, linear, server } = stage;
  if (staged.length === 0) return { findings: [], statements: [] };
  report("progress", `rehearsal: up, ${String(staged.length)} files`);
  const up = await goUp(stage, staged);
  if (up.fault) {
    const { file, error } = up.fault;
    const message = `${fileId(file)} does not apply`;
    return { findings: [fileFault("up-fails", error, message)], statements: [] };
  }
  const findings: RehearsalFinding[] = [];
  if (linear !== staged) {
    report("progress", "rehearsal: up in file order");
    findings.push(...compareOrders(up.end, await goUp(stage, linear)));
  }
  report("progress", "rehearsal: up, down and up again");
  findings.push(
    ...(await stage.inCopy((target) =>
      withPass(server, target, (pass) => rehearseDowns(pass, staged)),
    )),
  );
  report("progress", "rehearsal: statement by statement");
  const trace = await stage.inCopy((target) => traceFiles(target, staged, server.signal));
  return { findings: [...findings, ...trace.findings], statements: trace.statements };
}

type WentUp =
  | { readonly end: SchemaSnapshot; readonly fault?: undefined }
  | { readonly end?: undefined; readonly fault: Fault };

interface Fault {
  readonly file: Migration;
  readonly error: Parameters<typeof fileFault>[1];
}

async function goUp(stage: Stage, files: readonly Migration[]): Promise<WentUp> {
  return stage.inCopy((target) =>
    withPass(stage.server, target, async (pass): Promise<WentUp> => {
      for (const file of files) {
        const error = await pass.up(file);
        if (error) return { fault: { file, error } };
      }
      return { end: await pass.snapshot() };
    }),
  );
}

/** Databases that took the files in file order, and those that took them in stages, must end alike (rule 6). */
function compareOrders(staged: SchemaSnapshot, linear: WentUp): readonly RehearsalFinding[] {
  if (linear.fault) {
    const { file, error } = linear.fault;
    const message = `${fileId(file)} applies where expand files go first, but not in file order, as an empty database takes it`;
    return [fileFault("orders-differ", error, message)];
  }
  const diff = diffSchemas(linear.end, staged);
  if (diff.grade === "equal") return [];
  const isOrder = diff.grade === "columnOrder";
  return [
    {
      rule: isOrder ? "column-order" : "orders-differ",
      severity: isOrder ? "warning" : "error",
      where: "",
      message: isOrder
        ? "in file order, as an empty database takes the files, columns stand in another order"
        : "in file order, as an empty database takes the files, they end in another schema (- file order, + stages)",
      details: describeDiff(diff),
    },
  ];
}
