// A notice as an HTTP request's headers and body: Slack's form, or a signed JSON document.
import { createHmac } from "node:crypto";
import { redact } from "../errors/formatError.ts";
import type { Notice, NoticeTarget } from "./notice.ts";

/** What is posted. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Slack cuts a text at 40,000 characters; a phone shows far less. */
const MAX_TEXT = 3_000;

/** `notice` for `target`; `nowS` is the time of sending, Unix seconds, which the signature covers. */
export function buildMessage(
  notice: Notice,
  target: Pick<NoticeTarget, "kind" | "secret">,
  nowS: number,
): Message {
  const body = JSON.stringify(target.kind === "slack" ? slackBody(notice) : genericBody(notice));
  const headers = { "content-type": "application/json", "user-agent": "lockstep" };
  if (target.kind === "slack") return { headers, body };
  return {
    headers: { ...headers, ...signatureHeaders(notice.id, body, { ...target, nowS }) },
    body,
  };
}

/**
 * The headers of the Standard Webhooks specification (standardwebhooks.com): HMAC-SHA256 over id, time and body,
 * so that nobody can change a notice or send an old one again. The key is the secret's own bytes, or what base64
 * gives behind `whsec_`.
 */
function signatureHeaders(
  id: string,
  body: string,
  { secret, nowS }: { readonly secret?: string; readonly nowS: number },
): Readonly<Record<string, string>> {
  const time = String(nowS);
  const headers = { "webhook-id": id, "webhook-timestamp": time };
  if (secret === undefined) return headers;
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
  const signature = createHmac("sha256", key).update(`${id}.${time}.${body}`).digest("base64");
  return { ...headers, "webhook-signature": `v1,${signature}` };
}

function genericBody({ id, kind, at, step, release, ...rest }: Notice) {
  return {
    type: `lockstep.${kind}`,
    timestamp: at,
    data: {
      ...{ id, kind, step, release },
      title: redact(rest.title),
      details: rest.details.map(redact),
      next: rest.next === null ? null : redact(rest.next),
    },
  };
}

const SIGNS: Readonly<Record<Notice["kind"], string>> = {
  threshold: ":warning:",
  failed: ":x:",
  rollback: ":leftwards_arrow_with_hook:",
  approval: ":raised_hand:",
  finished: ":white_check_mark:",
  refused: ":no_entry:",
};

/** Only `text`: Mattermost, Rocket.Chat and Discord's /slack address take that as Slack does. */
function slackBody({ kind, title, details, next, release, step }: Notice) {
  const where = `${release.project}, stack ${release.stack}, release ${release.label}, ${step}`;
  const lines = [
    `${SIGNS[kind]} *${escapeSlack(title)}*`,
    escapeSlack(where),
    ...details.map(escapeSlack),
    ...(next === null ? [] : [`Next: ${escapeSlack(next)}`]),
  ];
  const text = lines.join("\n");
  return { text: text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…` };
}

/** Slack's three control characters: else `<!channel>` in a text would call everybody. */
function escapeSlack(text: string): string {
  return redact(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
