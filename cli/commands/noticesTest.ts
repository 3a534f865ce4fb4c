// `lockstep notices test`: sends one notice to each of a stack's webhooks, and says what became of it.
import { randomUUID } from "node:crypto";
import { basename } from "node:path";
import { EXIT_CODES, LockstepError } from "../../engine/errors/lockstepError.ts";
import { NOTICE_KINDS, describeTarget, type NoticeTarget } from "../../engine/notices/notice.ts";
import { postNotice } from "../../engine/notices/post.ts";
import type { CommandContext, CommandRun } from "../context.ts";
import { readStackSecret } from "../stackSecrets.ts";

/** What `lockstep notices test` takes. */
export interface NoticesTestOptions {
  readonly stack: string;
}

/** Ends with 1 unless every webhook took it. Nothing of a URL but its host is shown. */
export const runNoticesTest: CommandRun<NoticesTestOptions> = async ({ stack }, context) => {
  const targets = await readTargets(stack, context);
  const release = { project: basename(context.cwd), stack, label: "test", digest: "0".repeat(64) };
  const notice = {
    ...{ id: randomUUID(), at: new Date().toISOString(), release },
    ...({ kind: "finished", step: "lockstep notices test" } as const),
    ...{ title: "A test of lockstep's notices", details: ["Nothing was released."], next: null },
  };
  const sent = await Promise.all(
    targets.map(async (target) => ({
      to: describeTarget(target),
      on: target.on,
      ...(await postNotice(notice, target)),
    })),
  );
  const isAll = sent.every((one) => one.sent);
  return {
    json: { stack, webhooks: sent },
    lines: sent.map((one) =>
      one.sent ? `sent to ${one.to}` : `not delivered to ${one.to}: ${one.why}`,
    ),
    exitCode: isAll ? EXIT_CODES.done : EXIT_CODES.failed,
  };
};

async function readTargets(
  stack: string,
  { cwd, env, signal }: CommandContext,
): Promise<readonly NoticeTarget[]> {
  const value = await readStackSecret("lockstep:notices", { cwd, stack, env, signal });
  const { configSchema } = await import("../../config/schema.ts");
  const read = configSchema.shape.notices.safeParse(value);
  const { fullKey, plainIssues } = await import("../../config/checkKeys.ts");
  const faults = (read.error?.issues ?? []).flatMap(plainIssues);
  if (faults.length > 0) {
    throw new LockstepError("CONFIG", "lockstep:notices cannot be read", {
      where: `Pulumi.${stack}.yaml`,
      seen: faults
        .map(({ path, message }) => `${fullKey(["notices", ...path])}: ${message}`)
        .join("\n"),
      next: "mend it; docs/notices.md shows how",
    });
  }
  const targets = read.data ?? [];
  if (targets.length > 0)
    return targets.map(({ on = NOTICE_KINDS, secret, ...one }) => ({
      ...{ ...one, on },
      ...(secret !== undefined && { secret }),
    }));
  throw new LockstepError("CONFIG", `Stack ${stack} has no webhooks`, {
    where: `Pulumi.${stack}.yaml: lockstep:notices`,
    next: `pulumi config set --stack ${stack} --secret --path 'lockstep:notices[0].url' URL\npulumi config set --stack ${stack} --path 'lockstep:notices[0].kind' slack`,
  });
}
