// Sends a release's notices beside its work: posting starts at once, and is waited for only at the work's end.
import { randomUUID } from "node:crypto";
import type { Report } from "../events.ts";
import {
  describeTarget,
  type NoticeRelease,
  type NoticeTarget,
  type NoticeText,
} from "./notice.ts";
import { DEFAULT_POST_LIMITS, postNotice, type Delivery, type PostLimits } from "./post.ts";

/** A notice's outcome at one webhook, as the ledger keeps it; no address in it. */
export interface NoticeOutcome {
  readonly kind: NoticeText["kind"];
  readonly title: string;
  /** `slack at hooks.slack.com`. */
  readonly to: string;
  readonly sent: boolean;
  readonly attempts: number;
  /** Why it was not sent. */
  readonly why?: string;
}

/** What a board works with. */
export interface BoardMeans {
  readonly targets: readonly NoticeTarget[];
  readonly release: NoticeRelease;
  readonly report: Report;
  /** Keeps an outcome; what it throws is told and changes nothing else. */
  readonly record: (outcome: NoticeOutcome) => Promise<void>;
  /** @default DEFAULT_POST_LIMITS */
  readonly limits?: PostLimits;
}

/** One resource's notices. */
export class NoticeBoard {
  readonly #means: BoardMeans;
  readonly #posting: Promise<void>[] = [];

  constructor(means: BoardMeans) {
    this.#means = means;
  }

  /** Starts to post to every webhook that wants to hear of such. Returns at once and never throws. */
  post(text: NoticeText): void {
    const { targets, release } = this.#means;
    const notice = { id: randomUUID(), at: new Date().toISOString(), release, ...text };
    const wanted = targets.filter((target) => target.on.includes(text.kind));
    const { report } = this.#means;
    const posted = wanted.map((target) =>
      this.#postTo(notice, target).catch(() => {
        report(
          "warn",
          `notice "${text.kind}" not delivered: lockstep failed at it; the release goes on`,
        );
      }),
    );
    this.#posting.push(...posted);
  }

  /** Settles once every notice has been taken or given up, at the latest when the limits are over. */
  async settle(): Promise<void> {
    while (this.#posting.length > 0) await Promise.all(this.#posting.splice(0));
  }

  async #postTo(notice: Parameters<typeof postNotice>[0], target: NoticeTarget): Promise<void> {
    const { report, record, limits = DEFAULT_POST_LIMITS } = this.#means;
    const delivery: Delivery = await postNotice(notice, target, limits);
    const { kind, title } = notice;
    const outcome = { kind, title, to: describeTarget(target), ...delivery };
    tell(outcome, report);
    await record(outcome).catch(() => {
      report("progress", "the ledger is away; that notice is not recorded");
    });
  }
}

function tell({ kind, to, ...outcome }: NoticeOutcome, report: Report): void {
  const tries = outcome.attempts === 1 ? "" : ` (${String(outcome.attempts)} tries)`;
  const data = { notice: { kind, to, ...outcome } };
  if (outcome.sent) report("info", `notice "${kind}" sent to ${to}${tries}`, data);
  else
    report(
      "warn",
      `notice "${kind}" not delivered to ${to}: ${outcome.why ?? ""}${tries}; the release goes on`,
      data,
    );
}
