/* eslint max-params: ["error", 4] -- the methods' parameters are the engine's */
// The provider: finds the kind of each resource, unwraps and wraps values, and turns errors into Pulumi's.
import { setMaxListeners } from "node:events";
import type { ComponentResourceOptions, Output } from "@pulumi/pulumi";
import { formatError } from "../engine/errors/formatError.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import { reporter } from "../engine/events.ts";
import { EngineGone } from "../engine/executors/engineGone.ts";
import type { EngineLink } from "./engineLink.ts";
import { SavedFailure, type AnyResourceKind, type ResourceContext } from "./resource.ts";
import { holdsSecret, keepSecrets, unwrap, type Properties } from "./unwrap.ts";

/** Loads a kind when the first resource of it turns up: an unchanged stack needs little of the engine. */
export type KindLoader = () => Promise<AnyResourceKind>;

/** An error in the form that `@pulumi/pulumi/provider` saves with the resource's outcome. */
interface InitError extends Error {
  id?: string;
  properties?: Properties;
  reasons?: readonly string[];
}

/** What programs in other languages see of lockstep: loaded when one asks. */
export interface Components {
  /** The package's schema, as JSON. */
  readonly schema: string;
  readonly construct: (resource: ComponentRequest) => Promise<{
    readonly urn: Output<string>;
    readonly state: Properties;
  }>;
}

/** A component that a program in another language registered. */
export interface ComponentRequest {
  readonly name: string;
  readonly type: string;
  readonly inputs: Properties;
  readonly options: ComponentResourceOptions;
}

/** Answers the engine; the methods' names and shapes are those of `@pulumi/pulumi/provider`. */
export class LockstepProvider {
  readonly version = "0.1.0";
  readonly #kinds: Readonly<Record<string, KindLoader>>;
  readonly #link: EngineLink;
  readonly #components: () => Promise<Components>;
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    kinds: Readonly<Record<string, KindLoader>>,
    link: EngineLink,
    components: () => Promise<Components>,
  ) {
    this.#kinds = kinds;
    this.#components = components;
    this.#link = link;
    // One signal for all resources of an update; each adds a listener or two.
    setMaxListeners(0, this.#abort.signal);
  }

  /** Ctrl-C, or the normal end: what runs is told to end cleanly. */
  cancel(): Promise<void> {
    this.#abort.abort(
      new LockstepError("INTERRUPTED", "The update was cancelled", {
        next: "run `pulumi up` again: it goes on where it stopped",
      }),
    );
    return Promise.resolve();
  }

  /** Nobody listens any more: processes of this machine end, what runs elsewhere is left to the next `up`. */
  abandon(): void {
    this.#abort.abort(new EngineGone());
  }

  /** Settles once nothing runs any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async getSchema(): Promise<string> {
    return (await this.#components()).schema;
  }

  async construct(
    name: string,
    type: string,
    inputs: Properties,
    options: ComponentResourceOptions,
  ) {
    const { construct } = await this.#components();
    return construct({ name, type, inputs, options });
  }

  async check(urn: string, olds: Properties, news: Properties) {
    const kind = await this.#kindOf(urn);
    if (!kind.check) return { inputs: news };
    try {
      const before = unwrap(olds) as Properties;
      const answer = await kind.check(unwrap(news) as Properties, this.#contextOf(urn), before);
      const inputs = { ...answer.inputs, ...wrappedOf(news) };
      return { inputs, failures: [...answer.failures] };
    } catch (error) {
      return { inputs: news, failures: [{ property: "", reason: formatError(error) }] };
    }
  }

  async diff(_id: string, urn: string, olds: Properties, news: Properties) {
    const kind = await this.#kindOf(urn);
    const [saved, inputs] = [unwrap(olds) as Properties, unwrap(news) as Properties];
    await kind.foretell?.(saved, inputs, this.#contextOf(urn));
    const changes = await kind.isChanged(saved, inputs);
    return { changes, replaces: [] };
  }

  async create(urn: string, news: Properties) {
    const { id, outs } = await this.#apply(urn, news);
    return { id, outs };
  }

  async update(id: string, urn: string, olds: Properties, news: Properties) {
    const { outs } = await this.#apply(urn, news, { id, olds });
    return { outs };
  }

  async read(id: string, urn: string, props: Properties = {}) {
    const kind = await this.#kindOf(urn);
    if (!kind.read) return { id, props };
    const seen = await kind.read(unwrap(props) as Properties);
    return { id, props: keepSecrets(seen, props, kind.secrets) };
  }

  async delete(_id: string, urn: string, props: Properties): Promise<void> {
    const kind = await this.#kindOf(urn);
    await kind.remove?.(unwrap(props) as Properties, this.#contextOf(urn));
  }

  async #apply(
    urn: string,
    news: Properties,
    before?: { readonly id: string; readonly olds: Properties },
  ) {
    const kind = await this.#kindOf(urn);
    const id = before?.id;
    const saved = before && (unwrap(before.olds) as Properties);
    const work = kind.apply(unwrap(news) as Properties, this.#contextOf(urn), saved);
    this.#running.add(work);
    try {
      const done = await work;
      return { id: id ?? done.id, outs: keepSecrets(done.outputs, news, kind.secrets) };
    } catch (error) {
      throw pulumiError(error, { news, id, secrets: kind.secrets });
    } finally {
      this.#running.delete(work);
    }
  }

  #contextOf(urn: string): ResourceContext {
    const sink = this.#link.sinkFor(urn);
    const name = urn.split("::").at(-1) ?? urn;
    return { urn, sink, report: reporter(name, sink), signal: this.#abort.signal };
  }

  async #kindOf(urn: string): Promise<AnyResourceKind> {
    // urn:pulumi:STACK::PROJECT::PARENT$...$TYPE::NAME
    const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const load = this.#kinds[type];
    if (!load) throw new Error(`lockstep has no resource of type ${type}`);
    return load();
  }
}

/** The members of `news` that hold a secret, so that a check hands them back as they came. */
function wrappedOf(news: Properties): Properties {
  return Object.fromEntries(Object.entries(news).filter(([, value]) => holdsSecret(value)));
}

function pulumiError(
  error: unknown,
  context: {
    readonly news: Properties;
    readonly id: string | undefined;
    readonly secrets: readonly string[];
  },
): InitError {
  const text = formatError(error instanceof SavedFailure ? error.cause : error);
  const told: InitError = new Error(text);
  told.stack = text;
  if (!(error instanceof SavedFailure)) return told;
  told.id = context.id ?? error.id;
  told.properties = keepSecrets(error.outputs, context.news, context.secrets);
  told.reasons = [text];
  return told;
}
