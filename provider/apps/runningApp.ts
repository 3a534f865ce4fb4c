// The release that serves before a rollout, as the gate's counters see it.
import { measureBaseline, type Baseline } from "../../engine/health/baseline.ts";
import { requestTimeoutMs } from "../../engine/health/check.ts";
import { counterPath, withCounters } from "../../engine/health/counters.ts";
import { urlSource, type AppSource } from "../../engine/health/source.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { processStatus } from "../../engine/process/processes.ts";
import { readRecord } from "../../engine/process/registry.ts";
import { gateSettings } from "../gateSettings.ts";
import type { CountersInput, KubernetesApp, LocalApp, ReleaseIdentity } from "../schema.ts";

/** What is measured, and for which release that is about to come. */
export interface BaselineQuestion {
  readonly release: ReleaseIdentity;
  readonly app: LocalApp | KubernetesApp;
  readonly gate?: CountersInput;
  /** Secret. */
  readonly counterLogin?: string;
}

/** The release that runs, and how it is asked. */
interface Running {
  readonly of: string;
  readonly source: AppSource;
  readonly close: () => void;
}

/**
 * The figures of the release that runs; undefined where none but `release` itself runs, or nobody wants them. A
 * string says why they are not to be had. Never throws: a rollout does not depend on them.
 */
export async function measureRunning(
  question: BaselineQuestion,
): Promise<Baseline | string | undefined> {
  const { gate, counterLogin: login, release } = question;
  if (!gate || gate.settings.baseline === "off") return undefined;
  try {
    const running = await findRunning(question, gate);
    if (!running || running.of === releaseId(release.label, release.digest)) return undefined;
    try {
      const settings = gateSettings(gate.settings, { id: running.of, login });
      const source = withCounters(running.source, settings);
      const timeoutMs = requestTimeoutMs(settings);
      return await measureBaseline(source, settings, { of: running.of, timeoutMs });
    } finally {
      running.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function findRunning(
  { app, release }: BaselineQuestion,
  gate: CountersInput,
): Promise<Running | undefined> {
  const metricsPath = counterPath(gate.metricsPath, gate.settings.counters);
  if (app.kind === "kubernetes") {
    const { runningPods } = await import("./kubernetesApp.ts");
    return runningPods(app, { healthPath: gate.healthPath, metricsPath });
  }
  const id = { project: release.project, stack: release.stack, name: app.process };
  const status = await processStatus(id);
  const { current } = await readRecord(id);
  if (status.state !== "running" || !current) return undefined;
  const base = `http://127.0.0.1:${current.port}`;
  const source = urlSource({
    healthUrl: base + current.healthPath,
    metricsUrl: base + metricsPath,
  });
  return { of: status.releaseId, source, close: () => undefined };
}
