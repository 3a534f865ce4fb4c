// One stage of a release's migrations.
import * as pulumi from "@pulumi/pulumi";
import type { RiskInput, StepInputs } from "../provider/schema.ts";
import { childOptions } from "./children.ts";
import type { StepArgs } from "./stepArgs.ts";
import { ensureArguments, positive, releaseRules } from "./validation.ts";

/** Arguments of `Migration`. */
export interface MigrationArgs extends StepArgs {
  /** expand adds, before the rollout; contract removes, when nothing old is left. */
  readonly stage: "expand" | "contract";
  /** What the stack asks for where a release is risky. @default the documents' table */
  readonly risk?: RiskInput;
  /** Levels of lint's rules, by id: they weigh in the risk. @default each rule's own */
  readonly lint?: NonNullable<StepInputs["lint"]>;
  /** Whether pending files must have passed a rehearsal. @default false */
  readonly rehearsalRequired?: boolean;
  /** Secret. The server that rehearsals run on. @default a scratch cluster of the plugin's machine */
  readonly rehearsalUrl?: pulumi.Input<string>;
}

/** Applies a stage's pending files; the ledger decides which those are. */
export class Migration extends pulumi.ComponentResource {
  /** Files that the step's last run applied: `03_add_contact_phone`. */
  readonly applied: pulumi.Output<readonly string[]>;
  /** Contract files that waited for approval when the step last ran. */
  readonly waiting: pulumi.Output<readonly string[]>;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: MigrationArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Migration", [
      ...releaseRules(args),
      [
        "approval",
        args.stage === "expand" || args.approval !== undefined,
        "an approval, because contract removes for good",
      ],
      positive("settings.lockBudgetMs", args.settings.lockBudgetMs),
      positive("settings.leaseWaitMs", args.settings.leaseWaitMs),
    ]);
    super("lockstep:components:Migration", name, {}, options);
    const { platform, stage, ...spec } = args;
    const step = platform.createStep(name, { step: stage, ...spec }, childOptions(this, options));
    this.applied = step.result.apply((result) => result?.applied ?? []);
    this.waiting = step.result.apply((result) => result?.waiting ?? []);
    this.registerOutputs({ applied: this.applied, waiting: this.waiting });
  }
}
