// The gate between the rollout and what can't be taken back.
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseRoute, GateSettings, ReleaseIdentity, Verdict } from "../provider/schema.ts";
import type { Application } from "./application.ts";
import { childOptions } from "./children.ts";
import type { Notices } from "./notices.ts";
import { GateWatch } from "./resources.ts";
import { ensureArguments, positive, releaseRules } from "./validation.ts";

/** Arguments of `HealthGate`. */
export interface HealthGateArgs {
  readonly release: ReleaseIdentity;
  /** Secret: the ledger. */
  readonly url: pulumi.Input<string>;
  /** How the plugin reaches the ledger, where that is not by the URL alone. */
  readonly route?: DatabaseRoute;
  /** Secret. Webhooks that hear how it went. */
  readonly notices?: Notices;
  /** The app that is watched, and taken back where it fails. */
  readonly application: Application;
  readonly healthPath: string;
  readonly metricsPath: string;
  /** Not part of the release's identity: changing them alone watches nothing again. */
  readonly settings: GateSettings;
  /** Secret: the header `Authorization` for the PromQL server that the settings name. */
  readonly counterLogin?: pulumi.Input<string>;
}

/** Watches the new release; a failure rolls it back and fails the update. */
export class HealthGate extends pulumi.ComponentResource {
  readonly verdict: pulumi.Output<Verdict>;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: HealthGateArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { settings } = args;
    ensureArguments("HealthGate", [
      ...releaseRules(args),
      positive("settings.intervalMs", settings.intervalMs),
      positive("settings.watchMs", settings.watchMs),
      [
        "settings.errorRateLimit",
        settings.errorRateLimit > 0 && settings.errorRateLimit <= 1,
        "a share above 0 and up to 1",
      ],
      ["settings.failures", settings.failures >= 1, "at least 1"],
      [
        "settings.probePaths",
        settings.probesPerSecond === 0 || settings.probePaths.length > 0,
        "at least one path where the gate sends probes",
      ],
    ]);
    super("lockstep:components:HealthGate", name, {}, options);
    const { application, counterLogin, ...spec } = args;
    const watch = new GateWatch(
      `${name}-watch`,
      {
        ...spec,
        ...(counterLogin !== undefined && { counterLogin: pulumi.secret(counterLogin) }),
        digest: args.release.digest,
        baseUrl: application.baseUrl,
        app: application.service.app,
      },
      childOptions(this, options),
    );
    this.verdict = watch.verdict;
    this.registerOutputs({ verdict: this.verdict });
  }
}
