// What gate and drain need of a platform's app; each platform answers in its own file.
import type { AppSource } from "../../engine/health/source.ts";
import type { ResourceContext } from "../resource.ts";
import type { DrainInputs, HealthGateInputs } from "../schema.ts";

/** One release of an app, as its gate sees it. */
export interface GatedApp {
  /** How it is asked. */
  readonly source: AppSource;
  /** Where its log is, for an error. */
  readonly log: string;
  /** Waits until every instance of the release is there; says why, where that will not be. */
  awaitStart(): Promise<StartFault | undefined>;
  /** Takes the app back to the release before, unless another one has taken its place. */
  rollBack(): Promise<AppRollBack>;
  /** Keeps what a later release needs to go back to this one. */
  rememberPass(): Promise<void>;
  /** Keeps that this release was taken back, where a look without the ledger finds it. */
  rememberRollback(back: RollBackNote): Promise<void>;
  close(): void;
}

/** Why a release does not come up. */
export interface StartFault {
  /** One plain line without full stop. */
  readonly reason: string;
  /** More of it: other instances, last lines of a log; may be empty. */
  readonly detail: string;
}

/** How a rollback ended, short of failing. */
export type AppRollBack =
  | { readonly kind: "rolledBack"; readonly to: string }
  /** Nothing was done; `now` says what is there. */
  | { readonly kind: "superseded"; readonly now: string }
  | { readonly kind: "nothingBefore" };

/** A rollback, as it is remembered. */
export interface RollBackNote {
  /** How often this release was taken back, as the ledger counts; one more than before when missing. */
  readonly count?: number;
  readonly to: string;
  readonly why: string;
}

/** The app behind a gate's handle. A platform's own code is loaded when its first app turns up. */
export async function openGatedApp(
  inputs: HealthGateInputs,
  context: ResourceContext,
): Promise<GatedApp> {
  const { app } = inputs;
  if (app.kind === "local") {
    const { localApp } = await import("./localApp.ts");
    return localApp({ ...inputs, app }, context);
  }
  const { kubernetesApp } = await import("./kubernetesApp.ts");
  return kubernetesApp({ ...inputs, app }, context);
}

/** What tells the instances of other releases that are still there, one line each. */
export async function olderInstances(
  inputs: Pick<DrainInputs, "app" | "release">,
): Promise<() => Promise<readonly string[]>> {
  const { app, release } = inputs;
  if (app.kind === "local") {
    const { olderProcesses } = await import("./localApp.ts");
    return () => olderProcesses(app, release);
  }
  const { olderPods } = await import("./kubernetesApp.ts");
  return olderPods(app, release);
}
