// Wraps a kind of resource: whoever wants to hear how its work went is told, and the work goes on whatever becomes of that.
import type { Client } from "pg";
import { close, connectWhenReady } from "../engine/drivers/postgres/connect.ts";
import { silent, type Report, type StepEvent } from "../engine/events.ts";
import { readEventChain } from "../engine/ledger/eventChain.ts";
import { recordEvent } from "../engine/ledger/record.ts";
import { hasLedger } from "../engine/ledger/schema.ts";
import type { NoticeTarget } from "../engine/notices/notice.ts";
import { NoticeBoard, type NoticeOutcome } from "../engine/notices/noticeBoard.ts";
import {
  planEndNotices,
  type EndedPart,
  planFailureNotices,
  thresholdNotice,
} from "../engine/notices/planNotices.ts";
import { waitingFor } from "../engine/plan/promoted.ts";
import { targetOf } from "./ledgerLook.ts";
import { SavedFailure, type ResourceContext, type ResourceKind } from "./resource.ts";
import type { DatabaseRoute, MigrationsInput, Noticed, ReleaseIdentity } from "./schema.ts";

/** What the wrapped kinds have in common. */
export interface Released extends Noticed {
  readonly release: ReleaseIdentity;
  readonly url: string;
  readonly route?: DatabaseRoute;
}

/**
 * `kind` with notices. They are sent when its work is done in earnest, never by a check, which a preview
 * makes, too. The webhooks stay out of its outputs.
 */
export function withNotices<I extends Released, O extends I>(
  kind: ResourceKind<I, O>,
): ResourceKind<I, O> {
  return {
    ...kind,
    async apply(inputs, context, saved) {
      const { notices, ...rest } = inputs;
      if (notices === undefined || notices.length === 0) return kind.apply(inputs, context, saved);
      // Without what is optional in it, an `I` is one still; the compiler does not see that of a type parameter.
      const own = rest as unknown as I;
      const board = openBoard(own, notices, context);
      const step = stepOf(inputs, context);
      const { label } = inputs.release;
      try {
        const done = await kind.apply(own, listening(context, board, label), saved);
        const end = endOf(own, done.outputs);
        const head = end.isVerified === true ? await readHead(own) : undefined;
        const told = { step, label, ...end, ...(head !== undefined && { head }) };
        for (const notice of planEndNotices(told)) board.post(notice);
        return done;
      } catch (error) {
        const isSaved = error instanceof SavedFailure;
        const { rolledBackTo } = (isSaved ? error.outputs : {}) as { rolledBackTo?: string | null };
        const failed = { step, label, error: isSaved ? error.cause : error };
        const back = rolledBackTo === undefined ? {} : { rolledBackTo };
        for (const notice of planFailureNotices({ ...failed, ...back })) board.post(notice);
        throw error;
      } finally {
        await board.settle();
      }
    },
  };
}

function openBoard(
  inputs: Released,
  targets: readonly NoticeTarget[],
  { report }: ResourceContext,
): NoticeBoard {
  const { project, stack, label, digest } = inputs.release;
  return new NoticeBoard({
    targets,
    release: { project, stack, label, digest },
    report,
    record: (outcome) => recordOutcome(inputs, outcome),
  });
}

/** Directly or not at all: no relay is started in a cluster for it. */
async function recordOutcome(
  { url, route, release }: Released,
  outcome: NoticeOutcome,
): Promise<void> {
  await withLedger({ url, ...(route && { route }) }, (client) =>
    recordEvent(client, { release: release.digest, kind: "notice", data: outcome }),
  );
}

/** A notice can do without it. */
async function readHead(inputs: Released): Promise<string | undefined> {
  const chain = await withLedger(inputs, (client) => readEventChain(client)).catch(() => undefined);
  return chain?.head === "" ? undefined : chain?.head;
}

async function withLedger<T>(
  { url, route }: Pick<Released, "url" | "route">,
  use: (client: Client) => Promise<T>,
): Promise<T | undefined> {
  const once = { applicationName: "lockstep:notices", attempts: 1, intervalMs: 0, report: silent };
  const client = await connectWhenReady(targetOf(url, route), once);
  try {
    return (await hasLedger(client)) ? await use(client) : undefined;
  } finally {
    await close(client);
  }
}

/** The same context, with an ear for the gate's first failed check. */
function listening(context: ResourceContext, board: NoticeBoard, label: string): ResourceContext {
  let heard = false;
  const hear = (data: StepEvent["data"]) => {
    const check = data?.check as { verdict: string; reason: string; n: number; of: number };
    if (heard || data?.check === undefined || check.verdict !== "fail") return;
    heard = true;
    board.post(thresholdNotice(label, check));
  };
  const report: Report = (level, message, data) => {
    context.report(level, message, data);
    hear(data);
  };
  return { ...context, report };
}

/** `expand`, `gate`, ...: a step's own word, or the resource's name without what it is. */
function stepOf(inputs: object, { urn }: ResourceContext): string {
  if ("step" in inputs && typeof inputs.step === "string") return inputs.step;
  const name = urn.split("::").at(-1) ?? urn;
  return name.replace(/-(check|watch|wait|process|rollout)$/, "");
}

/** What a verification tells beyond having ended. */
function endOf(inputs: Released, outputs: object): Pick<EndedPart, "isVerified" | "approval"> {
  if (!("step" in inputs) || inputs.step !== "verify" || !("result" in outputs)) return {};
  const { waiting } = outputs.result as { readonly waiting: readonly string[] };
  const isVerified = "verdict" in outputs && outputs.verdict === "pass";
  const { promoted } = (inputs as unknown as { migrations: MigrationsInput }).migrations;
  const [approval] = waitingFor(waiting, { stack: inputs.release.stack, promoted }).filter(
    ({ on }) => on === "approval",
  );
  return { isVerified, ...(approval && { approval }) };
}
