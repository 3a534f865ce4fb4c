// The backup before a stage.
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "./children.ts";
import type { StepArgs } from "./stepArgs.ts";
import { ensureArguments, positive, releaseRules } from "./validation.ts";

/** Arguments of `Backup`. */
export interface BackupArgs extends StepArgs {
  /** The stage that it comes before. */
  readonly before: "expand" | "contract";
}

/** Takes a backup and proves it; it is taken again while its stage is pending and it is too old. */
export class Backup extends pulumi.ComponentResource {
  /** The backup's id; undefined where the stage had nothing to do. */
  readonly backup: pulumi.Output<string | undefined>;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: BackupArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Backup", [
      ...releaseRules(args),
      positive("settings.backupMaxAgeMs", args.settings.backupMaxAgeMs),
    ]);
    super("lockstep:components:Backup", name, {}, options);
    const { platform, ...spec } = args;
    const step = platform.createStep(
      name,
      { step: "backup", ...spec },
      childOptions(this, options),
    );
    this.backup = step.result.apply((result) => result?.backup);
    this.registerOutputs({ backup: this.backup });
  }
}
