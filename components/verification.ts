// The end of a release: its proof, and the record that another stack may promote.
import * as pulumi from "@pulumi/pulumi";
import type { StepResult } from "../provider/schema.ts";
import { childOptions } from "./children.ts";
import type { StepArgs } from "./stepArgs.ts";
import { ensureArguments, isDigest, releaseRules } from "./validation.ts";

/** Arguments of `Verification`. */
export interface VerificationArgs extends StepArgs {
  /** What the app is told it is: `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** sha256 of the app's tree. */
  readonly treeDigest: string;
}

/** What a stack proved, for the stack after it to take: these and nothing newer. */
export interface PromotionRecord {
  readonly label: string;
  readonly releaseId: string;
  readonly releaseDigest: string;
  readonly treeDigest: string;
  readonly migrationsDigest: string;
  /** The migrations' `target`; null where the release takes all files. */
  readonly target: string | null;
  /** Number of the last contract file that the ledger says is applied; null when none is. */
  readonly contractThrough: string | null;
}

/** Runs the verify scripts, closes the release in the ledger, and says what was proven. */
export class Verification extends pulumi.ComponentResource {
  /** Contract files that wait for approval, as the ledger tells at the release's end. */
  readonly waiting: pulumi.Output<readonly string[]>;
  /** Derived from what the step put out, so a failed update promotes nothing. */
  readonly promotion: pulumi.Output<PromotionRecord>;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: VerificationArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Verification", [
      ...releaseRules(args),
      ["treeDigest", isDigest(args.treeDigest), "a sha256 in hex"],
    ]);
    super("lockstep:components:Verification", name, {}, options);
    const { platform, releaseId: _id, treeDigest: _tree, ...spec } = args;
    const step = platform.createStep(
      name,
      { step: "verify", ...spec },
      childOptions(this, options),
    );
    this.waiting = step.result.apply((result) => result?.waiting ?? []);
    this.promotion = step.result.apply((result) => toRecord(args, result));
    this.registerOutputs({ waiting: this.waiting, promotion: this.promotion });
  }
}

function toRecord(args: VerificationArgs, result: StepResult | undefined): PromotionRecord {
  const { release, releaseId, treeDigest, migrations } = args;
  return {
    label: release.label,
    releaseId,
    releaseDigest: release.digest,
    treeDigest,
    migrationsDigest: migrations.digest,
    target: migrations.target ?? null,
    contractThrough: result?.contractThrough ?? null,
  };
}
