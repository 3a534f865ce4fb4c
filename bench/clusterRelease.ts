// A release on a cluster: what the update takes beyond what its Jobs, the rollout and the gate's watch themselves take.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BatchV1Api, type V1Job } from "@kubernetes/client-node";
import { makeClusterProject, type ClusterProject } from "../test/cluster/clusterProject.ts";
import { testCluster } from "../test/support/cluster.ts";
import { makeTempDir } from "../test/support/tempDir.ts";

/** One update, in ms. */
interface Update {
  readonly title: string;
  readonly totalMs: number;
  /** From each Job's creation to its end, by the cluster's clock, which counts in seconds. */
  readonly jobsMs: number;
  /** The gate's resource: the rollout, until every pod is ready, and the watch. */
  readonly gateMs: number;
}

/** Measures three updates, each once: the first set-up, a release with expand files, one that changes nothing. Needs KUBECONFIG. */
export async function benchClusterRelease(): Promise<readonly string[]> {
  if (!process.env.KUBECONFIG)
    return ["a release on a cluster: left out, since KUBECONFIG names none"];
  const project = await makeClusterProject();
  try {
    const first = await measure(project, "1.0 on an empty database");
    await project.release("1.1");
    const second = await measure(project, "1.1: expand, rollout, gate, verification");
    const third = await measure(project, "nothing to do");
    return ["a release on a cluster, one run", ...[first, second, third].map(lineOf)];
  } finally {
    await project.destroy();
  }
}

async function measure(project: ClusterProject, title: string): Promise<Update> {
  const before = new Set((await jobsOf(project.namespace)).map(({ metadata }) => metadata?.uid));
  const log = join(await makeTempDir("events"), "events.json");
  const started = performance.now();
  const { exitCode, text } = await project.up("--skip-preview", "--event-log", log);
  const totalMs = performance.now() - started;
  if (exitCode !== 0) throw new Error(text);
  const made = (await jobsOf(project.namespace)).filter(
    ({ metadata }) => !before.has(metadata?.uid),
  );
  const jobsMs = made.reduce((sum, job) => sum + durationOf(job), 0);
  return { title, totalMs, jobsMs, gateMs: gateTime(await readFile(log, "utf8")) };
}

async function jobsOf(namespace: string): Promise<readonly V1Job[]> {
  const { config } = await testCluster();
  const api = config.makeApiClient(BatchV1Api);
  // Before the first update there is no namespace.
  return api.listNamespacedJob({ namespace }).then(
    ({ items }) => items,
    () => [],
  );
}

function durationOf({ metadata, status }: V1Job): number {
  return Number(status?.completionTime) - Number(metadata?.creationTimestamp);
}

/** Pulumi's events, one a line; their times are in seconds, so a second either way is noise. */
interface EngineEvent {
  readonly timestamp: number;
  readonly resourcePreEvent?: { readonly metadata: { readonly type: string; readonly op: string } };
  readonly resOutputsEvent?: { readonly metadata: { readonly type: string; readonly op: string } };
}

function gateTime(log: string): number {
  const events = log
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EngineEvent);
  const timeOf = (name: "resourcePreEvent" | "resOutputsEvent") =>
    events.find((event) => {
      const seen = event[name]?.metadata;
      return seen?.type === "lockstep:index:HealthGate" && seen.op !== "same";
    })?.timestamp ?? 0;
  return (timeOf("resOutputsEvent") - timeOf("resourcePreEvent")) * 1_000;
}

function lineOf({ title, totalMs, jobsMs, gateMs }: Update): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const rest = totalMs - jobsMs - gateMs;
  return `  ${title.padEnd(42)} ${seconds(totalMs)} in all = Jobs ${seconds(jobsMs)} + rollout and watch ${seconds(gateMs)} + ${seconds(rest)}`;
}
