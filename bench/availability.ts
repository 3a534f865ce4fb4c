// What a release costs those who use the app meanwhile: requests without an answer, and the longest time without a good one.
import { startLoad } from "../test/integration/example/vaultProcess.ts";
import { queryAll } from "../test/support/database.ts";
import { makeProject, type PulumiProject } from "../test/support/pulumiProject.ts";
import { approveAll } from "../test/support/releaseStory.ts";
import { spreadOf } from "./statistics.ts";

/** Requests a second, half of them writes. */
const RATE = 100;
/** Customers whose column moves. */
const CUSTOMERS = 20_000;

/** What the load generator of the example says at its end, as far as it is of interest here. */
interface Load {
  readonly durationMs: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Tries by error; one that was refused is made again. */
  readonly connectionErrors: Readonly<Record<string, number>>;
  /** Requests that got no answer. */
  readonly lost: number;
  readonly mismatches: readonly unknown[];
  /** Between two successes, ms. */
  readonly longestGapMs: number;
}

/** A stretch of time under load. */
interface Stretch {
  readonly title: string;
  readonly run: (project: PulumiProject) => Promise<void>;
}

const STRETCHES: readonly Stretch[] = [
  { title: "1.0 runs, and nothing is done", run: quiet },
  { title: "1.1: expand, rollout, gate, drain, backup, contract", run: release },
  { title: "1.2 fails its gate, 1.1 comes back", run: rollBack },
];

/** Tells the example's story up to the rollback `runs` times under load. */
export async function benchAvailability(runs: number): Promise<readonly string[]> {
  const taken = STRETCHES.map((): Load[] => []);
  for (let run = 0; run < runs; run += 1) {
    await withProject(async (project) => {
      for (const [index, stretch] of STRETCHES.entries()) {
        taken[index]?.push(await underLoad(project, stretch));
      }
    });
  }
  return [
    `availability of the app, ${String(RATE)} requests a second`,
    ...STRETCHES.flatMap(({ title }, index) => linesOf(title, taken[index] ?? [])),
  ];
}

async function withProject(use: (project: PulumiProject) => Promise<void>): Promise<void> {
  const project = await makeProject();
  try {
    await succeeds(project);
    await queryAll(
      await project.databaseUrl(),
      `insert into customers (name, email, phone)
       select 'C ' || n, 'c' || n || '@example.com', '+49 ' || n from generate_series(1, ${String(CUSTOMERS)}) n`,
    );
    await use(project);
  } finally {
    await project.destroy();
  }
}

async function underLoad(project: PulumiProject, { title, run }: Stretch): Promise<Load> {
  const load = startLoad(project.appUrl, RATE);
  await load.succeeded;
  await run(project);
  const report = (await load.stop()) as unknown as Load;
  if (report.mismatches.length > 0)
    throw new Error(`${title}: ${JSON.stringify(report.mismatches)}`);
  return report;
}

/** As long as a release takes: the preview of one, which changes nothing, and what the machine does by itself. */
async function quiet(project: PulumiProject): Promise<void> {
  for (let times = 0; times < 4; times += 1) await project.pulumi("preview");
}

async function release(project: PulumiProject): Promise<void> {
  await project.configure({ "lockstep:release": "1.1" });
  await approveAll(project);
  await succeeds(project);
}

async function rollBack(project: PulumiProject): Promise<void> {
  await project.configure({ "lockstep:release": "1.2" });
  const { exitCode, text } = await project.up("--skip-preview");
  if (exitCode === 0 || !text.includes("rolled back to 1.1-")) throw new Error(text);
}

async function succeeds(project: PulumiProject): Promise<void> {
  const { exitCode, text } = await project.up("--skip-preview");
  if (exitCode !== 0) throw new Error(text);
}

function linesOf(title: string, loads: readonly Load[]): readonly string[] {
  const sum = (of: (load: Load) => number) => loads.reduce((total, load) => total + of(load), 0);
  const failures = (load: Load) => answers(load, (status) => status >= 500);
  const errors = new Map<string, number>();
  for (const [code, count] of loads.flatMap((load) => Object.entries(load.connectionErrors))) {
    errors.set(code, (errors.get(code) ?? 0) + count);
  }
  const tries = [...errors].map(([code, count]) => `${String(count)} ${code}`).join(", ");
  const gap = spreadOf(loads.map(({ longestGapMs }) => longestGapMs));
  const total = sum((load) => answers(load, () => true) + load.lost);
  return [
    `  ${title}`,
    `    ${String(total)} requests in ${(sum(({ durationMs }) => durationMs) / 1000).toFixed(0)} s: ${String(sum(({ lost }) => lost))} without an answer, ${String(sum(failures))} answered 5xx; failed tries: ${tries || "none"}`,
    `    longest gap ${gap.median.toFixed(0)} ms (${gap.min.toFixed(0)} to ${gap.max.toFixed(0)})`,
  ];
}

function answers({ statuses }: Load, isCounted: (status: number) => boolean): number {
  return Object.entries(statuses)
    .filter(([status]) => isCounted(Number(status)))
    .reduce((sum, [, count]) => sum + count, 0);
}
