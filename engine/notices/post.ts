// Posts one notice to one webhook: tries again for a bounded time, and never throws.
import { setTimeout as sleepMs } from "node:timers/promises";
import { buildMessage } from "./message.ts";
import type { Notice, NoticeTarget } from "./notice.ts";

/** How long a webhook is given. */
export interface PostLimits {
  /** For one answer, ms. */
  readonly answerMs: number;
  /** For all tries together, ms. */
  readonly budgetMs: number;
  /** Before the second try, ms; doubled before each further one. */
  readonly backoffMs: number;
}

/** A step may end this much later where a webhook hangs, and no more. */
export const DEFAULT_POST_LIMITS: PostLimits = {
  answerMs: 4_000,
  budgetMs: 10_000,
  backoffMs: 500,
};

/** What became of a notice at one webhook; `why` is without the webhook's address. */
export type Delivery =
  | { readonly sent: true; readonly attempts: number }
  | { readonly sent: false; readonly attempts: number; readonly why: string };

/** One try. */
interface Try {
  readonly why: string | undefined;
  readonly again: boolean;
  /** What the webhook asks to wait, ms. */
  readonly waitMs?: number;
}

/** Posts `notice` until it is taken, refused for good, or the budget is over. */
export async function postNotice(
  notice: Notice,
  target: NoticeTarget,
  limits: PostLimits = DEFAULT_POST_LIMITS,
): Promise<Delivery> {
  const startedMs = performance.now();
  const leftMs = () => limits.budgetMs - (performance.now() - startedMs);
  for (let attempts = 1; ; attempts += 1) {
    const { why, again, waitMs } = await tryOnce(notice, target, {
      answerMs: Math.max(1, Math.ceil(Math.min(limits.answerMs, leftMs()))),
    });
    if (why === undefined) return { sent: true, attempts };
    const pauseMs = Math.max(limits.backoffMs * 2 ** (attempts - 1), waitMs ?? 0);
    if (!again || pauseMs >= leftMs()) return { sent: false, attempts, why };
    await sleepMs(pauseMs);
  }
}

async function tryOnce(
  notice: Notice,
  target: NoticeTarget,
  { answerMs }: Pick<PostLimits, "answerMs">,
): Promise<Try> {
  const signal = AbortSignal.timeout(answerMs);
  try {
    const { headers, body } = buildMessage(notice, target, Math.floor(Date.now() / 1000));
    // Followed, a redirect would carry the notice to an address that nobody configured.
    const init = { method: "POST", headers, body, signal, redirect: "manual" } as const;
    const answer = await fetch(target.url, init);
    await answer.body?.cancel();
    return judge(answer);
  } catch (error) {
    return { why: describeFailure(error, answerMs), again: true };
  }
}

function judge({ status, headers }: Response): Try {
  if (status >= 200 && status < 300) return { why: undefined, again: false };
  if (status >= 300 && status < 400)
    return { why: `it redirects (HTTP ${String(status)}), which is not followed`, again: false };
  const again = status === 408 || status === 429 || status >= 500;
  const seconds = Number(headers.get("retry-after"));
  const waitMs = seconds > 0 ? { waitMs: seconds * 1000 } : {};
  return { why: `it answers HTTP ${String(status)}`, again, ...waitMs };
}

/** Only what names no address: fetch's own messages may hold the URL. */
function describeFailure(error: unknown, answerMs: number): string {
  if (error instanceof Error && error.name === "TimeoutError")
    return `no answer in ${String(Math.round(answerMs / 100) / 10)} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const known = WORDS[code];
  if (known !== undefined) return known;
  return code === "" ? "the request failed" : `the request failed (${code})`;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection is refused",
  ECONNRESET: "the connection is cut",
  UND_ERR_SOCKET: "the connection is cut",
  ENOTFOUND: "its host name is not known",
  EAI_AGAIN: "its host name cannot be looked up now",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not trusted",
};
