// Names, labels and annotations of a step's Jobs: how one is found again, by lockstep and by kubectl.
import { createHash } from "node:crypto";
import { releaseId } from "../../plan/release.ts";
import type { StepSpec } from "../runStep.ts";

/** Labels by which Jobs are found; the values are cut to what a label may be. */
export const LABELS = {
  project: "lockstep.dev/project",
  stack: "lockstep.dev/stack",
  step: "lockstep.dev/step",
  /** The release's id, `1.1-3f9c2ab41c07`. */
  release: "lockstep.dev/release",
} as const;

/** Annotations: what does not fit into a label. */
export const ANNOTATIONS = {
  /** The release's digest, whole. */
  digest: "lockstep.dev/release-digest",
  /** sha256 of all that the Job was told. */
  work: "lockstep.dev/work",
  attempt: "lockstep.dev/attempt",
} as const;

/** A DNS label and a label's value have no more, characters. */
const MOST = 63;
/** A Job's name is a part of its pods' names, which take 6 more. */
const MOST_NAME = 57;

/** `expand`, or `backup-before-contract`. */
export function stepName({ step, before }: StepSpec): string {
  return step === "backup" ? `backup-before-${before ?? "contract"}` : step;
}

/**
 * The name of a step's nth Job: `shop-dev-expand-3f9c2ab41c07-2`. The same attempt at the same release
 * always has the same name, so that it cannot be started twice.
 */
export function jobName(spec: StepSpec, attempt: number): string {
  const { project, stack, digest } = spec.release;
  const end = `${stepName(spec)}-${digest.slice(0, 12)}-${String(attempt)}`;
  const place = `${project}-${stack}`;
  const plain = dnsLabel(place);
  const most = MOST_NAME - end.length - 1;
  // A place that is no DNS label as it stands, or too long, gets its digest: no two stacks share a name.
  if (plain === place && plain.length <= most) return `${plain}-${end}`;
  const mark = createHash("sha256").update(place).digest("hex").slice(0, 6);
  return `${dnsLabel(plain.slice(0, most - mark.length - 1))}-${mark}-${end}`;
}

function dnsLabel(text: string): string {
  const label = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return label === "" ? "lockstep" : label;
}

/** `text` as a label's value. Where it had to be changed, the end is its digest. */
export function labelValue(text: string): string {
  if (text.length <= MOST && /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(text)) return text;
  const mark = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const cut = text.replace(/[^\w.-]+/g, "-").slice(0, MOST - mark.length - 1);
  return `${cut.replace(/^[^A-Za-z0-9]+/, "")}-${mark}`.replace(/^-/, "");
}

/** The labels that all Jobs of this stack have, and those of one step only. */
export function stackLabels({ release }: StepSpec): Readonly<Record<string, string>> {
  return {
    [LABELS.project]: labelValue(release.project),
    [LABELS.stack]: labelValue(release.stack),
  };
}

export function stepLabels(spec: StepSpec): Readonly<Record<string, string>> {
  const { label, digest } = spec.release;
  return {
    ...stackLabels(spec),
    [LABELS.step]: stepName(spec),
    [LABELS.release]: labelValue(releaseId(label, digest)),
  };
}
