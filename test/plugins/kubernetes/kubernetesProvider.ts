// What the plugin does for a resource of any kind: check, diff, create, read, update, delete.
import { ensureReady, NotReadyError, skipsAwait } from "./await/readiness.ts";
import { ruleFor } from "./await/rules.ts";
import { Cluster, hasReason } from "./cluster.ts";
import { diffOf, type Difference } from "./diff.ts";
import { InitFailure, isNoAnswerToAPreview, messageOf, type Saved } from "./failures.ts";
import { managerOf } from "./fieldManagers.ts";
import { idOf, namespaceOf, withMetadata, type Json } from "./kubeObject.ts";
import { withName, withOldName, type NameSource } from "./naming.ts";
import { normalizeInputs, pruneTo } from "./normalize.ts";
import { Objects, type Operation } from "./objects.ts";
import { fromOutputs, hasUnknown, markSecrets, plain, toOutputs } from "./properties.ts";
import type { Settings } from "./settings.ts";

/** Serves the objects of one cluster. All properties are in wire form. */
export class KubernetesProvider {
  readonly #settings: Settings;
  readonly #cluster: Cluster;
  readonly #objects: Objects;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#cluster = new Cluster(settings.kubeConfig);
    this.#objects = new Objects(this.#cluster, settings);
  }

  /** The inputs to use: with a name and a namespace. @throws Error for what this plugin does not serve */
  async check(olds: Json, news: Json, source: NameSource): Promise<Json> {
    const inputs = normalizeInputs(plain(news));
    ensureServed(inputs);
    const old = plain(olds);
    const isNew = Object.keys(old).length === 0;
    const named = isNew ? withName(inputs, source) : withOldName(inputs, old);
    return markSecrets(await this.#withNamespace(named), news);
  }

  /** What an update would change. */
  diff(outputs: Json, news: Json, ignored: readonly string[]): Difference {
    const difference = diffOf(fromOutputs(outputs), plain(news), this.#settings.mutable);
    const changes = [...difference.changes].filter(
      ([path]) => !ignored.some((one) => path === one || path.startsWith(`${one}.`)),
    );
    return { ...difference, changes: new Map(changes) };
  }

  /** Creates an object and waits for it; in a preview it asks the server what it would make of it. */
  async create(news: Json, op: Operation): Promise<Saved> {
    const inputs = plain(news);
    if (op.preview && hasUnknown(inputs)) return { id: "", outputs: news };
    const manager = managerOf(inputs);
    const saved = (live: Json) => toOutputs({ inputs, live, manager }, news);
    let live: Json;
    try {
      live = await this.#objects.create(inputs, manager, op);
    } catch (error) {
      if (op.preview && isNoAnswerToAPreview(error)) return { id: "", outputs: news };
      const message = `resource "${op.urn}" was not successfully created by the Kubernetes API server: ${messageOf(error)}`;
      throw new Error(message, { cause: error });
    }
    if (op.preview) {
      const { status: _none, ...shown } = live;
      return { id: "", outputs: saved(shown) };
    }
    try {
      live = await this.#objects.awaited({ inputs, live }, op);
      return { id: idOf(live), outputs: saved(live) };
    } catch (error) {
      const message = `resource "${op.urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: ${messageOf(error)}`;
      const outputs = saved(await this.#objects.latest(live));
      throw new InitFailure(message, error, { id: idOf(live), outputs });
    }
  }

  /** The object as it is; undefined where it is gone. @throws InitFailure where it is there but not ready */
  async read(id: string, outputs: Json, news: Json): Promise<Required<Saved> | undefined> {
    const told = normalizeInputs(plain(news));
    const [namespace, name] = id.includes("/") ? id.split("/") : [undefined, id];
    const place = withMetadata(told, { name, namespace: namespace ?? namespaceOf(told) });
    const live = await this.#cluster.find(place).catch((error: unknown) => {
      if (hasReason(error, "NoMatch")) return undefined;
      throw error;
    });
    if (live === undefined) return undefined;
    const inputs = pruneTo(live, told) as Json;
    const manager = managerOf(told, fromOutputs(outputs).manager);
    const back = {
      id,
      outputs: toOutputs({ inputs, live, manager }, news),
      inputs: markSecrets(inputs, news),
    };
    const rule = ruleFor(live);
    if (rule?.onRead === true && !skipsAwait(told)) {
      await ensureReady(rule, { cluster: this.#cluster, live }).catch((error: unknown) => {
        if (!(error instanceof NotReadyError)) throw error;
        throw new InitFailure(error.message, error, back);
      });
    }
    return back;
  }

  /** Applies new inputs and waits; in a preview it asks the server what it would make of them. */
  async update(saved: Json, news: Json, op: Operation): Promise<Json> {
    const inputs = normalizeInputs(plain(news));
    if (op.preview && hasUnknown(inputs)) return news;
    const old = fromOutputs(saved);
    const before = managerOf(old.inputs, old.manager);
    const manager = managerOf(inputs, old.manager);
    try {
      const live = await this.#objects.apply({ old: old.live, inputs, manager }, op);
      if (before !== manager && !op.preview) await this.#objects.relinquish(live, before);
      return toOutputs({ inputs, live, manager }, news);
    } catch (error) {
      if (op.preview && isNoAnswerToAPreview(error)) return news;
      // The official plugin saves the new inputs whatever failed.
      const live = await this.#cluster.get(old.live);
      const message = `the Kubernetes API server reported that "${idOf(live)}" failed to fully initialize or become live: ${messageOf(error)}`;
      const outputs = toOutputs({ inputs, live, manager }, news);
      throw new InitFailure(message, error, { id: idOf(live), outputs });
    }
  }

  /** Deletes the object of saved outputs. */
  async delete(saved: Json, op: Operation): Promise<void> {
    await this.#objects.delete(fromOutputs(saved), op);
  }

  async #withNamespace(inputs: Json): Promise<Json> {
    const fallback = this.#settings.defaultNamespace;
    if (fallback === undefined || namespaceOf(inputs) !== undefined) return inputs;
    // Where the server cannot be asked, or lacks the kind yet, most kinds have namespaces.
    const namespaced = await this.#cluster.isNamespaced(inputs).catch(() => true);
    return namespaced ? withMetadata(inputs, { namespace: fallback }) : inputs;
  }
}

function ensureServed(inputs: Json): void {
  const kind = inputs.kind;
  if (typeof inputs.apiVersion !== "string" || typeof kind !== "string") {
    throw new Error("only resources with apiVersion and kind are served by this test plugin");
  }
  if (kind.endsWith("Patch") || kind.endsWith("List")) {
    throw new Error(`${kind} is not served by this test plugin`);
  }
}
