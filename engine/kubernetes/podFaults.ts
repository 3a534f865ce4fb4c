// Why a pod does not come up, from its status alone.
import { isReady, type ContainerStatus, type Pod } from "./pods.ts";

/** Something that keeps a pod from being ready. */
export interface PodFault {
  readonly pod: string;
  /** The container that it is about, where there is one. */
  readonly container?: string;
  /** One plain line. */
  readonly text: string;
  /** Waiting longer does not mend it. */
  readonly isCertain: boolean;
  /** The container ran and ended: its last words are in the log of the run before. */
  readonly hasCrashed: boolean;
}

/** A container that ended this often and was started again (restartCount) will not get well by itself. */
const CERTAIN_RESTARTS = 2;

/** Reasons of a container that waits which no time mends. */
const CERTAIN_REASONS = new Set(["InvalidImageName", "ErrImageNeverPull"]);

/** What a registry says of an image that is not there or not for us; a network's fault reads otherwise. */
const NO_IMAGE = /not found|manifest unknown|does not exist|access denied|unauthorized/i;

/** The worst of what keeps `pod` from being ready; undefined where it is ready. */
export function findFault(pod: Pod): PodFault | undefined {
  if (isReady(pod)) return undefined;
  const { name } = pod.metadata;
  const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = pod.status ?? {};
  const faults = [...initContainerStatuses, ...containerStatuses].flatMap(
    (status) => containerFault(status) ?? [],
  );
  const worst =
    faults.find((fault) => fault.isCertain) ??
    faults.find((fault) => fault.hasCrashed) ??
    faults[0];
  if (worst) return { pod: name, ...worst };
  const scheduled = conditions.find((condition) => condition.type === "PodScheduled");
  const text =
    scheduled?.status === "False"
      ? `no node takes it: ${scheduled.message ?? scheduled.reason ?? "unschedulable"}`
      : (pod.status?.message ?? pod.status?.reason ?? "is starting");
  return { pod: name, text, isCertain: false, hasCrashed: false };
}

type ContainerFault = Omit<PodFault, "pod">;

function containerFault(status: ContainerStatus): ContainerFault | undefined {
  const { name: container, restartCount } = status;
  const waiting = status.state?.waiting;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  if (waiting?.reason === "CrashLoopBackOff" || (ended && restartCount > 0)) {
    const isCertain = waiting?.reason === "CrashLoopBackOff" && restartCount >= CERTAIN_RESTARTS;
    const times = `${String(restartCount)} time${restartCount === 1 ? "" : "s"}`;
    const text = `container ${container} crashes (${endText(ended)}), started again ${times}`;
    return { container, text, isCertain, hasCrashed: true };
  }
  if (ended && status.state?.terminated && ended.exitCode !== 0) {
    const text = `container ${container} ended: ${endText(ended)}`;
    return { container, text, isCertain: false, hasCrashed: true };
  }
  if (waiting) return { container, ...waitingFault(container, waiting), hasCrashed: false };
  if (status.state?.running && !status.ready) {
    const text = `container ${container} runs, but is not ready`;
    return { container, text, isCertain: false, hasCrashed: false };
  }
  return undefined;
}

function waitingFault(
  container: string,
  { reason = "waits", message = "" }: { readonly reason?: string; readonly message?: string },
): { readonly text: string; readonly isCertain: boolean } {
  const detail = message === "" ? "" : `: ${message.split("\n")[0] ?? ""}`;
  const isPull = reason === "ImagePullBackOff" || reason === "ErrImagePull";
  const isCertain = CERTAIN_REASONS.has(reason) || (isPull && NO_IMAGE.test(message));
  return { text: `container ${container}: ${reason}${detail}`, isCertain };
}

/** How a container's last run ended: `OOMKilled`, `exit code 1`. */
function endText(ended: { readonly exitCode: number; readonly reason?: string } | undefined) {
  if (ended === undefined) return "no word";
  const { reason, exitCode } = ended;
  if (reason === "OOMKilled") return "OOMKilled: it needs more memory than its limit";
  const code = `exit code ${String(exitCode)}`;
  return reason === undefined || reason === "Error" ? code : `${reason}, ${code}`;
}
