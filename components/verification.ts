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
  /** sha256 of the app's tree, or its image's digest. */
  readonly appDigest: string;
  /** The release's last files with the start of their checksums, to name a difference by. */
  readonly lastFiles: Readonly<Record<string, string>>;
}

/** What a stack proved, for the stack after it to take: these and nothing newer. */
export interface PromotionRecord {
  readonly label: string;
  readonly releaseId: string;
  readonly releaseDigest: string;
  readonly appDigest: string;
  readonly migrationsDigest: string;
  /** The migrations' `target`; null where the release takes all files. */
  readonly target: string | null;
  /** Number of the last contract file that the ledger says is applied; null when none is. */
  readonly contractThrough: string | null;
  readonly lastFiles: Readonly<Record<string, string>>;
}

/** Runs the verify scripts, closes the release in the ledger, and says what was proven. */
export class Verification extends pulumi.ComponentResource {
  /** Contract files that wait for approval, as the ledger tells at the release's end. */
  readonly waiting: pulumi.Output<readonly string[]>;
  /**
   * Derived from what the step put out, so that neither a failed update nor one that left the step out
   * (`--target`) promotes anything. A plain word where there is nothing, since Pulumi warns of an
   * output without a value.
   */
  readonly promotion: pulumi.Output<PromotionRecord | "nothing">;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: VerificationArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Verification", [
      ...releaseRules(args),
      ["appDigest", isDigest(args.appDigest), "a sha256 in hex"],
    ]);
    super("lockstep:components:Verification", name, {}, options);
    const { platform, releaseId: _id, appDigest: _app, lastFiles: _files, ...spec } = args;
    const step = platform.createStep(
      name,
      { step: "verify", ...spec },
      childOptions(this, options),
    );
    this.waiting = step.result.apply((result) => result?.waiting ?? []);
    this.promotion = pulumi
      .all([step.release, step.verdict, step.result])
      .apply(([release, verdict, result]) =>
        verdict === "pass" && release.digest === args.release.digest
          ? toRecord(args, result)
          : "nothing",
      );
    this.registerOutputs({ waiting: this.waiting, promotion: this.promotion });
  }
}

function toRecord(args: VerificationArgs, result: StepResult | undefined): PromotionRecord {
  const { release, releaseId, appDigest, migrations, lastFiles } = args;
  return {
    label: release.label,
    releaseId,
    releaseDigest: release.digest,
    appDigest,
    migrationsDigest: migrations.digest,
    target: migrations.target ?? null,
    contractThrough: result?.contractThrough ?? null,
    lastFiles,
  };
}
