// Reads what the stack before this one has verified, and what this one has taken from it before.
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { PromotionRecord, Source } from "../engine/plan/promotion.ts";
import type { StackConfig } from "./readConfig.ts";
import { parseTaken } from "./takenText.ts";

/** A stack's outputs, from wherever its state is: not to be trusted. */
type Outputs = Readonly<Record<string, unknown>>;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const recordSchema: z.ZodType<PromotionRecord> = z.object({
  label: z.string(),
  appDigest: digest,
  command: z.array(z.string()),
  migrationsDigest: digest,
  contractThrough: z
    .string()
    .regex(/^\d{1,18}$/)
    .nullable(),
  lastFiles: z.record(z.string(), z.string()),
});

/**
 * What `promoteFrom` of the config offers; undefined where it names no stack.
 * @throws LockstepError CONFIG for a stack that is not there, NOT_PROMOTED for a record that can't be read.
 */
export async function readPromotion(config: StackConfig): Promise<Source | undefined> {
  const { promoteFrom: from, project, stack } = config;
  if (from === undefined) return undefined;
  const own = fullName(stack, project);
  const source = fullName(from, project);
  if (source === own) throw unreadable(config, "that is this stack itself");
  const read = (name: string) =>
    readOutputs(name).catch((error: unknown) => {
      throw unreadable(config, error instanceof Error ? error.message : String(error), error);
    });
  const [theirs, ours] = await Promise.all([read(source), read(own)]);
  return { from, ...readRecord(theirs, config), taken: parseTaken(ours.taken) };
}

function fullName(stack: string, project: string): string {
  return stack.includes("/") ? stack : `${pulumi.getOrganization()}/${project}/${stack}`;
}

/**
 * Asks the engine as a StackReference does, but without a resource: a refusal registers nothing, a
 * stack that is not there is an error that can be told, and a stack may read its own outputs.
 */
async function readOutputs(name: string): Promise<Outputs> {
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
    readonly outputs?: Outputs;
  };
  return answer.outputs ?? {};
}

function readRecord(outputs: Outputs, config: StackConfig): Pick<Source, "record" | "why"> {
  const { promotion } = outputs;
  if (promotion === undefined) {
    const why = "it has no record of a release: nothing was released there, or it was destroyed";
    return { record: undefined, why };
  }
  if (typeof promotion === "string") {
    return { record: undefined, why: promotion.replace(/^nothing: /, "") };
  }
  const parsed = recordSchema.safeParse(promotion);
  if (parsed.success) return { record: parsed.data, why: "" };
  throw new LockstepError(
    "NOT_PROMOTED",
    `What ${config.promoteFrom ?? ""} promotes cannot be read`,
    {
      where: `output promotion of stack ${config.promoteFrom ?? ""}`,
      seen: parsed.error.issues
        .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
        .join("\n"),
      likely: "another version of lockstep, or another program, wrote it",
      next: `pulumi up --stack ${config.promoteFrom ?? ""} with this version`,
    },
  );
}

function unreadable(config: StackConfig, seen: string, cause?: unknown): LockstepError {
  const { stack, promoteFrom = "" } = config;
  return new LockstepError("CONFIG", `Stack ${promoteFrom} cannot be read`, {
    where: `lockstep:promoteFrom in Pulumi.${stack}.yaml`,
    seen,
    likely:
      "its name is misspelt, it is another project's (ORG/PROJECT/STACK), or its state is elsewhere",
    next: `pulumi stack ls\npulumi config set lockstep:promoteFrom STACK --stack ${stack}`,
    cause,
  });
}
