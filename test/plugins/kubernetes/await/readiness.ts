// Waiting until an object is what it was made to be, by a check of its kind that is asked again and again.
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster.ts";
import { annotationOf, nameOf, textAt, type Json } from "../kubeObject.ts";

/** How an object is getting on. */
export interface Readiness {
  readonly ready: boolean;
  /** One line for the status column. */
  readonly status: string;
  /** What is in the way, for the error. */
  readonly problems: readonly string[];
  /** It will never be ready. */
  readonly failed?: boolean;
}

/** What a check may look at. */
export interface CheckInput {
  readonly cluster: Cluster;
  readonly live: Json;
  /** The object before this update; undefined after a create and in a refresh. */
  readonly before?: Json | undefined;
}

/** Tells how an object is getting on. */
export type Check = (input: CheckInput) => Promise<Readiness>;

/** A kind's rules. */
export interface AwaitRule {
  /** A new one for each wait, because a check may remember; `once` where it is asked but once. */
  readonly check: (once: boolean) => Check;
  readonly timeoutMs: number;
  /** Whether a refresh asks too. */
  readonly onRead: boolean;
}

/** An object that is there but not as it should be; it goes into state together with the failure. */
export class NotReadyError extends Error {
  readonly problems: readonly string[];

  constructor(message: string, problems: readonly string[]) {
    super(message);
    this.problems = problems;
  }
}

/** How often a waiting object is looked at, ms. The official plugin watches; a look sees the same. */
const LOOK_EVERY_MS = 300;

/** What a wait needs. */
export interface WaitInput extends CheckInput {
  readonly rule: AwaitRule;
  /** In place of the rule's. */
  readonly timeoutMs: number | undefined;
  readonly signal: AbortSignal;
  readonly say: (status: string) => void;
}

/**
 * Waits until an object is ready.
 * @throws NotReadyError at the end of the time, when it failed, or on cancel
 */
export async function awaitReady(input: WaitInput): Promise<void> {
  const { cluster, rule, signal, before, say } = input;
  const check = rule.check(false);
  const deadline = performance.now() + (input.timeoutMs ?? rule.timeoutMs);
  for (;;) {
    const live = await cluster.get(input.live);
    const { ready, status, problems, failed } = await check({ cluster, live, before });
    if (ready) return;
    say(status);
    const name = nameOf(live);
    if (failed === true) throw new NotReadyError(notInitialized(name), problems);
    if (signal.aborted) {
      throw new NotReadyError(`Resource operation was cancelled for "${name}"`, problems);
    }
    if (performance.now() > deadline) {
      throw new NotReadyError(`'${name}' timed out waiting to be Ready`, problems);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Looks once, as a refresh does.
 * @throws NotReadyError
 */
export async function ensureReady(rule: AwaitRule, input: CheckInput): Promise<void> {
  const { ready, problems } = await rule.check(true)(input);
  if (!ready) throw new NotReadyError(notInitialized(nameOf(input.live)), problems);
}

function notInitialized(name: string): string {
  return `Resource '${name}' was created but failed to initialize`;
}

/** The user's limit: the resource option (seconds, 0 for none), else `pulumi.com/timeoutSeconds`; ms. */
export function timeoutOf(inputs: Json, optionSeconds: number): number | undefined {
  if (optionSeconds > 0) return optionSeconds * 1000;
  const seconds = Number(annotationOf(inputs, "pulumi.com/timeoutSeconds"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

/** Whether the user wants no waiting. */
export function skipsAwait(inputs: Json): boolean {
  return annotationOf(inputs, "pulumi.com/skipAwait") === "true";
}

/** Whether `owner` made `object`. */
export function isOwnedBy(object: Json, owner: Json): boolean {
  const uid = textAt(owner, "metadata", "uid");
  const owners = (object.metadata as Json | undefined)?.ownerReferences;
  return Array.isArray(owners) && owners.some((one: Json) => one.uid === uid);
}
