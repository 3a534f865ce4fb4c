// One object's life on the server: created, applied, deleted, and waited for as its kind wants it.
import { setTimeout as sleep } from "node:timers/promises";
import { awaitReady, skipsAwait, timeoutOf } from "./await/readiness.ts";
import { endTimeoutMs, kindOf, ruleFor, skipsEnd } from "./await/rules.ts";
import { hasReason, type Cluster } from "./cluster.ts";
import { explained, messageOf } from "./failures.ts";
import { hasPlainWrites, takeOverPatch } from "./fieldManagers.ts";
import { annotationOf, nameOf, namespaceOf, textAt, type Json } from "./kubeObject.ts";
import type { Settings } from "./settings.ts";

/** What every operation is told. */
export interface Operation {
  readonly urn: string;
  readonly preview: boolean;
  /** The resource option customTimeouts, seconds; 0 for none. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Shows a line in the resource's row. */
  readonly say: (status: string) => void;
}

/** Creates are tried again while what they need is not there yet, this often; the pause doubles from 1 s. */
const CREATE_RETRIES = 5;
/** How often an object that is being deleted is looked at, ms. */
const LOOK_EVERY_MS = 300;

/** Changes objects of one cluster. */
export class Objects {
  readonly #cluster: Cluster;
  readonly #settings: Settings;

  constructor(cluster: Cluster, settings: Settings) {
    this.#cluster = cluster;
    this.#settings = settings;
  }

  /** Creates an object, as a dry run in a preview; tries again where its namespace or kind is not there yet. */
  async create(inputs: Json, manager: string, op: Operation): Promise<Json> {
    const force = op.preview || this.#forces(inputs);
    const write = { manager, dryRun: op.preview, force };
    for (let retry = 0; ; retry += 1) {
      try {
        return this.#settings.upsert
          ? await this.#cluster.apply(inputs, write)
          : await this.#cluster.create(inputs, write);
      } catch (error) {
        const isEarly = hasReason(error, "NotFound") || hasReason(error, "NoMatch");
        if (!isEarly || op.preview || retry === CREATE_RETRIES) throw explained(error, manager);
        op.say(`Retry #${retry}; creation failed: ${messageOf(error)}`);
        await sleep(2 ** retry * 1000, undefined, { signal: op.signal });
      }
    }
  }

  /** Applies inputs to an object that is there, as a dry run in a preview, and waits for it. */
  async apply(
    {
      old,
      inputs,
      manager,
    }: { readonly old: Json; readonly inputs: Json; readonly manager: string },
    op: Operation,
  ): Promise<Json> {
    const before = await this.#cluster.get(old);
    const takeOver = takeOverPatch(before, manager);
    if (takeOver !== undefined && !op.preview) await this.#cluster.patch(before, takeOver);
    // What a real update would take over first is no conflict in a dry run either.
    const force = this.#forces(inputs) || (op.preview && hasPlainWrites(before, manager));
    const write = { manager, dryRun: op.preview, force };
    const live = await this.#cluster.apply(inputs, write).catch((error: unknown) => {
      throw explained(error, manager);
    });
    return op.preview ? live : this.awaited({ inputs, live, before }, op);
  }

  /**
   * Waits until an object is ready, where its kind is waited for.
   * @returns the object as it is then
   * @throws NotReadyError
   */
  async awaited(
    {
      inputs,
      live,
      before,
    }: { readonly inputs: Json; readonly live: Json; readonly before?: Json },
    op: Operation,
  ): Promise<Json> {
    const rule = ruleFor(live);
    if (rule !== undefined && !skipsAwait(inputs)) {
      const timeoutMs = timeoutOf(inputs, op.timeoutSeconds);
      const { signal, say } = op;
      await awaitReady({ cluster: this.#cluster, rule, live, before, timeoutMs, signal, say });
    }
    return this.latest(live);
  }

  /** The object as it is now, or as it was seen last where that cannot be told. */
  async latest(live: Json): Promise<Json> {
    return (await this.#cluster.find(live).catch(() => undefined)) ?? live;
  }

  /** Deletes an object and waits until it and what it owns are gone. */
  async delete({ inputs, live }: { readonly inputs: Json; readonly live: Json }, op: Operation) {
    try {
      await this.#cluster.delete(live, propagationOf(inputs));
    } catch (error) {
      if (hasReason(error, "NotFound") || hasReason(error, "NoMatch")) return;
      throw error;
    }
    if (skipsAwait(inputs) && skipsEnd(live)) return;
    const limitMs = timeoutOf(inputs, op.timeoutSeconds) ?? endTimeoutMs(live);
    const deadline = performance.now() + limitMs;
    for (;;) {
      const seen = await this.#cluster.find(live);
      if (seen === undefined || uidOf(seen) !== uidOf(live)) return;
      if (op.signal.aborted || performance.now() > deadline) {
        throw new Error(`Timed out waiting for deletion of ${kindOf(live)} "${nameOf(live)}"`);
      }
      op.say(`${String(live.kind)} "${nameOf(live)}" still exists`);
      await sleep(LOOK_EVERY_MS, undefined, { signal: op.signal }).catch(() => undefined);
    }
  }

  /** Gives up the fields of a manager that is no longer used: an apply of nothing. */
  async relinquish(live: Json, manager: string): Promise<void> {
    const nothing = {
      apiVersion: live.apiVersion,
      kind: live.kind,
      metadata: { name: nameOf(live), namespace: namespaceOf(live) },
    };
    await this.#cluster.apply(nothing, { manager, dryRun: false, force: true });
  }

  #forces(inputs: Json): boolean {
    return annotationOf(inputs, "pulumi.com/patchForce") === "true" || this.#settings.patchForce;
  }
}

function propagationOf(inputs: Json): string {
  const wanted = annotationOf(inputs, "pulumi.com/deletionPropagationPolicy")?.toLowerCase();
  if (wanted === "orphan") return "Orphan";
  return wanted === "background" ? "Background" : "Foreground";
}

function uidOf(object: Json): string | undefined {
  return textAt(object, "metadata", "uid");
}
