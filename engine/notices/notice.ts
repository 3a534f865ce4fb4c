// A notice: one thing about a release that somebody wants to hear of, as data; and where it goes.

/** What notices are about; the words of `lockstep:notices[].on`. */
export const NOTICE_KINDS = [
  /** The gate's first failed check, while it still watches. */
  "threshold",
  /** A step failed: a migration, a backup, the app's start, the gate without a way back, drain, a verify script. */
  "failed",
  /** The app was taken back to the release before, or should have been and was not. */
  "rollback",
  /** Contract files wait for approval. */
  "approval",
  /** The release is verified. */
  "finished",
  /** A step found that it must not run: not approved, tampered with, another release under way, ... */
  "refused",
] as const;

/** One of `NOTICE_KINDS`. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** The forms in which a notice is posted. */
export const NOTICE_FORMS = ["slack", "generic"] as const;

/** One webhook. */
export interface NoticeTarget {
  /** Secret: whoever knows a Slack URL may post there. */
  readonly url: string;
  readonly kind: (typeof NOTICE_FORMS)[number];
  /** Secret: signs generic notices; without it they are not signed. */
  readonly secret?: string;
  readonly on: readonly NoticeKind[];
}

/** Which release a notice is about. */
export interface NoticeRelease {
  readonly project: string;
  readonly stack: string;
  readonly label: string;
  /** sha256, hex. */
  readonly digest: string;
}

/** What is told, before it has an id and a time. Plain text, no secret. */
export interface NoticeText {
  readonly kind: NoticeKind;
  /** The part of the release that it comes from: `expand`, `gate`, ... */
  readonly step: string;
  /** One line. */
  readonly title: string;
  /** Further lines; may be empty. */
  readonly details: readonly string[];
  /** What to do or type; null where nothing is to be done. */
  readonly next: string | null;
}

/** A notice as it is posted. */
export interface Notice extends NoticeText {
  /** Unique; the same for each try and each webhook. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly release: NoticeRelease;
}

/** `slack at hooks.slack.com`: a webhook as it may be shown, without its path, which is a secret. */
export function describeTarget({ kind, url }: Pick<NoticeTarget, "kind" | "url">): string {
  const host = URL.canParse(url) ? new URL(url).host : "an address that is no URL";
  return `${kind} at ${host}`;
}
