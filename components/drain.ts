// The wait between the new release's proof and the removal of what the old one needs.
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseRoute, Fence, ReleaseIdentity, Verdict } from "../provider/schema.ts";
import type { Application } from "./application.ts";
import { childOptions } from "./children.ts";
import type { Notices } from "./notices.ts";
import { DrainWait } from "./resources.ts";
import { ensureArguments, positive, releaseRules } from "./validation.ts";

/** Arguments of `Drain`. */
export interface DrainArgs {
  readonly release: ReleaseIdentity;
  /** What this drain is for, as a digest: it runs again when that changes. */
  readonly digest: string;
  /** Secret. */
  readonly url: pulumi.Input<string>;
  /** How the plugin reaches the ledger, where that is not by the URL alone. */
  readonly route?: DatabaseRoute;
  /** Secret. Webhooks that hear how it went. */
  readonly notices?: Notices;
  /** The app whose older releases must be gone. */
  readonly application: Application;
  /** Nothing old may be seen for this long, ms. */
  readonly quietMs: number;
  readonly timeoutMs: number;
  /** application_name values (LIKE patterns) that are known not to be the app. */
  readonly allowed: readonly string[];
  /** Closes the logins of older releases, or relies on names even behind a pooler. @default names, where there is no pooler */
  readonly fence?: Fence;
  /** Whether the app is known to go through a pooler. @default false */
  readonly pooled?: boolean;
}

/** Waits until no process and no session of an older release is left. */
export class Drain extends pulumi.ComponentResource {
  readonly verdict: pulumi.Output<Verdict>;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: DrainArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Drain", [
      ...releaseRules(args),
      positive("quietMs", args.quietMs),
      ["timeoutMs", args.timeoutMs > args.quietMs, "more than quietMs"],
    ]);
    super("lockstep:components:Drain", name, {}, options);
    const { application, ...spec } = args;
    const wait = new DrainWait(
      `${name}-wait`,
      { ...spec, app: application.service.app },
      childOptions(this, options),
    );
    this.verdict = wait.verdict;
    this.registerOutputs({ verdict: this.verdict });
  }
}
