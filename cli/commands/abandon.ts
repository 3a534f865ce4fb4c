// `lockstep abandon`: ends the active release by hand.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { parseTarget, type DatabaseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { withLease } from "../../engine/lease/lease.ts";
import { readLedger, type ReleaseRow } from "../../engine/ledger/ledger.ts";
import { closeRelease } from "../../engine/ledger/releases.ts";
import { askForYes } from "../consent.ts";
import type { CommandRun } from "../context.ts";
import { formatTime } from "../terminal.ts";

/** What `lockstep abandon` takes. */
export interface AbandonOptions {
  readonly yes?: boolean;
  readonly reason?: string;
  /** ms */
  readonly leaseWait: number;
}

const APPLICATION = { applicationName: "lockstep:abandon" };

/** Closes the release that is under way; neither the app nor what was applied changes. */
export const runAbandon: CommandRun<AbandonOptions> = async (options, context) => {
  const target = parseTarget(context.env);
  const active = await findActive(target);
  if (!active) {
    return { json: { abandoned: null }, lines: [`no release is under way at ${target.display}`] };
  }
  for (const line of explain(active, target.display)) context.say(line);
  const question = `End release ${active.label}?`;
  const yes = await askForYes(context, { ...options, question, command: "lockstep abandon" });
  if (!yes) {
    return {
      json: { abandoned: null },
      lines: [`release ${active.label} goes on; nothing was changed`],
      exitCode: EXIT_CODES.failed,
    };
  }
  const why = options.reason ?? `ended by hand by ${target.user}`;
  const lease = {
    doing: "abandon",
    waitMs: options.leaseWait,
    report: reporter("abandon", context.sink),
    signal: context.signal,
  };
  // Under the lease: a step that works right now ends first, and is not left without its release.
  const closed = await withLease(target, lease, () =>
    withConnection(target, APPLICATION, (client) =>
      closeRelease(client, active.digest, { state: "abandoned", why }),
    ),
  );
  if (!closed) {
    return {
      json: { abandoned: null },
      lines: [`release ${active.label} ended by itself meanwhile`],
    };
  }
  return {
    json: { abandoned: { digest: active.digest, label: active.label, why } },
    lines: [`release ${active.label} is abandoned; another one may begin`],
  };
};

async function findActive(target: DatabaseTarget): Promise<ReleaseRow | undefined> {
  const { releases } = await withConnection(target, APPLICATION, readLedger);
  return releases.find((release) => release.state === "active");
}

function explain(active: ReleaseRow, where: string): readonly string[] {
  return [
    `Release ${active.label} (${active.digest.slice(0, 12)}) is under way at ${where} since ${formatTime(active.openedAt)}.`,
    "Abandoning it lets another release begin. What it applied stays applied, the app that runs stays,",
    "and a `pulumi up` of it that still runs somewhere would open it again: end that first.",
    "To finish it instead, run its own `pulumi up` again.",
  ];
}
