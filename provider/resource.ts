// What a kind of resource has to answer; the provider does the rest.
import type { Report, StepEvent } from "../engine/events.ts";
import type { Properties } from "./unwrap.ts";

/** What a resource's work is given. */
export interface ResourceContext {
  readonly urn: string;
  readonly report: Report;
  /** For events that come from a step's own process. */
  readonly sink: (event: StepEvent) => void;
  /** Aborted when the update is cancelled or the engine is gone. */
  readonly signal: AbortSignal;
}

/** A reason against the inputs; an empty property means all of them. */
export interface CheckFailure {
  readonly property: string;
  readonly reason: string;
}

/** What a check says. */
export interface CheckAnswer<I> {
  /** The inputs to go on with; what is added shows in preview. */
  readonly inputs: I;
  readonly failures: readonly CheckFailure[];
}

/** One kind of resource: plain data in, plain data out, secrets already unwrapped. */
export interface ResourceKind<I, O extends I> {
  /** Outputs that are secret beside those whose inputs are. */
  readonly secrets: readonly string[];
  /**
   * Runs in every preview and up, for unchanged resources too. Inputs may hold unknowns; `before` are those of
   * the last update, of which the very first has none.
   */
  readonly check?: (
    inputs: I,
    context: ResourceContext,
    before?: Partial<I>,
  ) => Promise<CheckAnswer<I>>;
  /** Whether there is work, told from the saved outputs: saved inputs may be newer after a failure. */
  readonly isChanged: (saved: O, inputs: I) => Promise<boolean> | boolean;
  /** Says more than the check could, in the light of what was saved; like that it runs in every preview and up. */
  readonly foretell?: (saved: O, inputs: I, context: ResourceContext) => Promise<void>;
  /** Does the work, for a new resource and for a changed one alike; `saved` is there for a changed one. */
  readonly apply: (
    inputs: I,
    context: ResourceContext,
    saved?: O,
  ) => Promise<{ readonly id: string; readonly outputs: O }>;
  /** The state as it is now; never throws, since one fault in a refresh fails the whole `up`. */
  readonly read?: (saved: O) => Promise<O>;
  readonly remove?: (saved: O, context: ResourceContext) => Promise<void>;
}

/** A kind as the provider keeps it, whatever its types. */
export type AnyResourceKind = ResourceKind<Properties, Properties>;

/**
 * Thrown by `apply` to fail the update AND save the outcome, so that the next `up` knows it
 * (plain errors leave the state as it was).
 */
export class SavedFailure extends Error {
  readonly id: string;
  readonly outputs: Properties;

  constructor(cause: Error, saved: { readonly id: string; readonly outputs: object }) {
    super(cause.message, { cause });
    this.id = saved.id;
    this.outputs = saved.outputs as Properties;
  }
}
