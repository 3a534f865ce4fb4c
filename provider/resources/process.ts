// Process: the release's app on this machine; it outlives `pulumi up`, and what runs is what counts.
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { closingOnFailure } from "../../engine/ledger/failRelease.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { processStatus, stopProcess } from "../../engine/process/processes.ts";
import { keepRelease } from "../../engine/process/releaseStore.ts";
import { rollOutProcess } from "../../engine/process/rollOut.ts";
import { targetOf } from "../ledgerLook.ts";
import { openExpanded } from "../openExpanded.ts";
import type { ResourceContext, ResourceKind } from "../resource.ts";
import type { ProcessInputs, ProcessOutputs } from "../schema.ts";

/** The resource kind behind `lockstep:index:Process`. */
export const process: ResourceKind<ProcessInputs, ProcessOutputs> = {
  secrets: ["env", "url", "counterLogin", "replicas", "login"],

  async isChanged(saved, inputs) {
    if (saved.release.digest !== inputs.release.digest || saved.port !== inputs.port) return true;
    // A changed password is no new release, but the app must get it.
    if (JSON.stringify(saved.env) !== JSON.stringify(inputs.env)) return true;
    const status = await processStatus(idOf(inputs));
    return status.state !== "running" || status.releaseId !== releaseIdOf(inputs);
  },

  async apply(inputs, context) {
    const app = { kind: "local", process: inputs.name } as const;
    await openExpanded(inputs, context, { ...inputs, app });
    const target = targetOf(inputs.url);
    return closingOnFailure(target, inputs.release.digest, () => rollOut(inputs, context));
  },

  async read(saved) {
    const status = await processStatus(idOf(saved));
    return { ...saved, state: status.state === "running" ? "running" : "stopped" };
  },

  async remove(saved, { report }) {
    await stopProcess(idOf(saved), { report });
  },
};

async function rollOut(inputs: ProcessInputs, { report }: ResourceContext) {
  const { project, stack, label, digest } = inputs.release;
  const { dir, files } = inputs;
  const kept = await keepRelease({ project, stack, dir, ...(files && { files }) });
  ensureSameTree(inputs, kept.treeDigest);
  const facts = await rollOutProcess(
    {
      ...idOf(inputs),
      release: { label, digest },
      treeDigest: kept.treeDigest,
      command: [...inputs.command],
      env: { ...inputs.env },
      port: inputs.port,
      healthPath: inputs.healthPath,
      startLimitMs: inputs.startTimeoutMs,
    },
    { report },
  );
  report("info", `${facts.releaseId} runs at ${facts.baseUrl} (pid ${String(facts.pid)})`);
  const { pid, startTime, baseUrl } = facts;
  const outputs = { ...inputs, pid, startTime, releaseId: facts.releaseId, baseUrl };
  return { id: inputs.name, outputs: { ...outputs, state: "running" as const } };
}

function idOf({ name, release }: ProcessInputs) {
  return { project: release.project, stack: release.stack, name };
}

function releaseIdOf({ release }: ProcessInputs): string {
  return releaseId(release.label, release.digest);
}

function ensureSameTree(inputs: ProcessInputs, treeDigest: string): void {
  if (inputs.treeDigest === treeDigest) return;
  throw new LockstepError(
    "STEP_FAILED",
    "The app's files changed while the release was under way",
    {
      where: inputs.dir,
      seen: `planned ${inputs.treeDigest.slice(0, 12)}, now ${treeDigest.slice(0, 12)}`,
      next: "run `pulumi up` again: what is there now is another release",
    },
  );
}
