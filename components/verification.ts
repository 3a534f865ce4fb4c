// The end of a release: its proof, and the record that another stack may promote.
import * as pulumi from "@pulumi/pulumi";
import type { StepResult } from "../provider/schema.ts";
import { childOptions } from "./children.ts";
import type { StepArgs } from "./stepArgs.ts";
import { ensureArguments, isDigest, releaseRules } from "./validation.ts";

/** What a stack after this one compares, beside the migrations. */
export interface Provenance {
  /** What the app is told it is: `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** sha256 of the app's tree, or its image's digest. */
  readonly appDigest: string;
  /** What is started of it. */
  readonly command: readonly string[];
  /** The release's last files with the start of their checksums, to name a difference by. */
  readonly lastFiles: Readonly<Record<string, string>>;
}

/** Arguments of `Verification`. */
export interface VerificationArgs extends StepArgs {
  readonly provenance: Provenance;
}

/** What a stack proved, for the stack after it to take: these and nothing newer. */
export interface PromotionRecord extends Provenance {
  readonly label: string;
  readonly releaseDigest: string;
  readonly migrationsDigest: string;
  /** The migrations' `target`; null where the release takes all files. */
  readonly target: string | null;
  /** Number of the last contract file that the ledger says is applied; null when none is. */
  readonly contractThrough: string | null;
}

/** A text in place of a record, since Pulumi warns of an output without a value; it says why. */
export type Nothing = `nothing: ${string}`;

/** Runs the verify scripts, closes the release in the ledger, and says what was proven. */
export class Verification extends pulumi.ComponentResource {
  /** Contract files that wait for approval, as the ledger tells at the release's end. */
  readonly waiting: pulumi.Output<readonly string[]>;
  /** Derived from what the step put out, so that an update that left it out (`--target`) promotes nothing. */
  readonly promotion: pulumi.Output<PromotionRecord | Nothing>;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: VerificationArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Verification", [
      ...releaseRules(args),
      ["provenance.appDigest", isDigest(args.provenance.appDigest), "a sha256 in hex"],
    ]);
    super("lockstep:components:Verification", name, {}, options);
    const { platform, provenance: _, ...spec } = args;
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
          : NOT_VERIFIED,
      );
    this.registerOutputs({ waiting: this.waiting, promotion: this.promotion });
  }
}

const NOT_VERIFIED: Nothing = "nothing: its last update did not verify a release";

function toRecord(args: VerificationArgs, result: StepResult | undefined): PromotionRecord {
  const { release, migrations, provenance } = args;
  return {
    ...provenance,
    label: release.label,
    releaseDigest: release.digest,
    migrationsDigest: migrations.digest,
    target: migrations.target ?? null,
    contractThrough: result?.contractThrough ?? null,
  };
}
